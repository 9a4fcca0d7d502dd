using RL.Benchmarks;

// Verb → what it runs with the remaining arguments. Each prints its own result; the scripts in benchmarks/scripts pair and repeat them.
var verbs = new Dictionary<string, Action<string[]>>
{
    ["adr-gd"] = AdrGdBenchmark.Run,
    ["batch"] = BatchBenchmark.Run,
    ["bounds"] = BoundsBenchmark.Run,
    ["checkpoints"] = CheckpointsBenchmark.Run,
    ["dashboard"] = DashboardBenchmark.Run,
    ["endurance"] = EnduranceBenchmark.Run,
    ["faults"] = Faults.Run,
    ["finite-check"] = FiniteCheckBenchmark.Run,
    ["logging"] = LoggingBenchmark.Run,
    ["fuzz"] = Fuzz.Run,
    ["input-opt"] = InputOptTables.Run,
    ["input-opt-summary"] = InputOptSummary.Run,
    ["learner"] = LearnerBenchmark.Run,
    ["mujoco-stepping"] = MujocoStepping.Run,
    ["optimizers"] = OptimizersBenchmark.Run,
    ["phases"] = BoundsBenchmark.Phases,
    ["ppo"] = PpoBenchmark.Run,
    ["procgen-baselines"] = ProcgenBaselines.Run,
    ["procgen-stepping"] = ProcgenStepping.Run,
    ["promises"] = PromisesCheck.Run,
    ["refined-loop"] = RefinedLoopBenchmark.Run,
    ["relaxations"] = RelaxationsBenchmark.Run,
    ["regions"] = RegionsBenchmark.Run,
    ["scale"] = ScaleSimulation.Run,
    ["scale-workers"] = SimulatedWorkers.Run,
    ["small-networks"] = SmallNetworksBenchmark.Run,
    ["training-loop"] = TrainingLoopBenchmark.Run,
};

if (args.Length == 0 || !verbs.TryGetValue(args[0], out var run))
{
    Console.Error.WriteLine($"usage: RL.Benchmarks <verb> [arguments]; verbs: {string.Join(", ", verbs.Keys)}");
    return 2;
}

run(args[1..]);
return Environment.ExitCode;
