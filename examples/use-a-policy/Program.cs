// Plays a trained policy and attacks what it sees. Arguments: a policy file or a run's folder, and a number of episodes.
using System.Globalization;
using RL.Agents;
using RL.Environments;
using RL.Runs;

var episodes = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 20;
using var policy = Policy.Load(args.Length > 0 ? args[0] : "models/fruitbot-easy-200.safetensors");
Console.WriteLine($"{policy.Algorithm} on {policy.Environment.Id}, {policy.ObservationSpace}");

// One episode, step by step; policy.Act(observation) does the same with one observation as a span.
using var game = policy.MakeEnvironment();
var actions = new SpaceBuffer(game.ActionSpace, game.Count);
var (steps, total, isOver) = (0, 0.0, false);
for (game.Reset(seed: 7); !isOver; steps++)
{
    policy.Act(game.Observations, actions);
    var outcome = game.Step(actions);
    (total, isOver) = (total + outcome.Rewards[0], outcome.IsFinished(0));
}

Console.WriteLine($"one episode: {steps} steps, return {total:F1}");

// The same episodes twice, the second time with every pixel changed by at most one of its 255 levels.
var attack = policy.Attack(new ObservationAttackOptions { Method = "pgd", Epsilon = 1 / 255.0 }, episodes);
Console.WriteLine($"{episodes} episodes: return {attack.Clean.Mean:F2}, attacked {attack.Attacked.Evaluation.Mean:F2}, "
    + $"{attack.Attacked.Flipped:P0} of the actions flipped");
