// Watches a training run with callbacks: a metric, every evaluation, and a condition that ends the run early.
using RL.Agents;
using RL.Environments;
using RL.Runs;

var solved = EnvironmentCatalog.Find("CartPole-v1")!.Spec.RewardThreshold!.Value;
var entropy = double.NaN;
using var result = Training.Run("ppo", "CartPole-v1", new TrainingSettings
{
    Preset = "ppo-cartpole",
    Assignments = ["evaluation_interval=4096", "evaluation_episodes=20", .. args],   // key=value, as on the command line
}, new TrainingCallbacks
{
    // Every value that TensorBoard would show (docs/metrics.md).
    Metric = (tag, value, step) => entropy = tag == "policy/entropy" ? value : entropy,
    Evaluated = (evaluation, now) => Console.WriteLine(
        $"step {now.Step}: return {evaluation.Mean:F1} ± {evaluation.StandardDeviation:F1}, entropy {entropy:F2}"),
    // Called after every step; the run ends there, as if it had been told to by Ctrl-C.
    Stop = now => now.Last?.Mean >= solved,
});

// Other episodes than those that decided when to stop.
var test = result.Policy.Evaluate(episodes: 50, seed: 1_000);
Console.WriteLine($"{result.Summary.Status} after {result.Summary.Steps} steps; 50 other episodes: return {test.Mean:F1}");
