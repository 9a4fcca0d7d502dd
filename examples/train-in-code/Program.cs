// Trains TD3 to swing up a pendulum, attacks what the policy sees, and trains on. Arguments: options as on the command line.
using RL.Agents;
using RL.Runs;

using var result = Training.Run("td3", "Pendulum-v1", new TrainingSettings
{
    AgentOptions = new Td3Options { HiddenLayers = [64, 64], ActorLearningRate = 1e-3, CriticLearningRate = 1e-3 },
    Training = new TrainingOptions { TotalSteps = 8_000, EvaluationInterval = 1_000, Seed = 1 },
    Assignments = ["start_steps=1000", .. args],            // as on the command line
    Runs = "runs",                                          // null writes nothing to disk
}, new TrainingCallbacks
{
    Evaluated = (evaluation, now) => Console.WriteLine($"step {now.Step}: return {evaluation.Mean:F1}"),
});
var attack = result.Policy.Attack(new ObservationAttackOptions { Method = "adr-gd", Epsilon = 0.3 });
Console.WriteLine($"return {attack.Clean.Mean:F1}, attacked {attack.Attacked.Evaluation.Mean:F1}");

// The folder holds what ./rl train leaves: checkpoints, TensorBoard events, policies. Training continues from it bit for bit.
using var longer = Training.Resume(result.Folder!, [$"total_steps={result.Summary.Steps + 1_000}"]);
Console.WriteLine($"{longer.Summary.Status} after {longer.Summary.Steps} steps: return {longer.Last!.Mean:F1}");
