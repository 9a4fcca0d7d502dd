// The largest value of a ReLU network over a box, by three methods.
using RL.InputOpt;
using TorchSharp;
using static TorchSharp.torch;
using Box = RL.InputOpt.Box;                 // TorchSharp has one too

using var scope = NewDisposeScope();
using var generator = new Generator(seed: 1);

// A network [10 → 64 → 64 → 1] with random weights; FromFile("network.safetensors") reads a trained one.
using var module = nn.Sequential(nn.Linear(10, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1));
using (no_grad())
{
    foreach (var parameter in module.parameters())
    {
        parameter.normal_(0, 0.3, generator);
    }
}
var objective = new Objective(ReluNetwork.FromModule(module));
var start = zeros(1, 10);                    // one problem, one start
var box = Box.Between(-1, 1, start);

IInputOptimizer[] optimizers =
[
    new AdrGd(AdrGdOptions.RandomSmall with { Iterations = 300 }, generator),
    new Sharp(new SharpOptions { Passes = 300 }, generator),
    new ProjectedGradient(ProjectedGradientOptions.Pgd(steps: 300), generator),
];
foreach (var optimizer in optimizers)
{
    using var found = optimizer.Maximize(objective, start, box);
    Console.WriteLine($"{optimizer.GetType().Name,-18} {found.StartValue.ToDouble():F4} -> {found.Value.ToDouble():F4}");
}
