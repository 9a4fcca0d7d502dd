using System.Globalization;
using RL.InputOpt;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Benchmarks;

/// <summary>
/// Random problems, each solved by every optimiser of the catalogue, against what results promise: never below the best start, inside the region,
/// finite, the value that the network has there, the same bits again, passes that are spent per start and not more, and in other units by powers of
/// two the same bits.
/// <code>promises [CASES] [SEED]</code>
/// A case is one optimiser on one problem. Prints what is broken and how to repeat it; the exit code says whether anything was.
/// </summary>
static class PromisesCheck
{
    static readonly string[] _networks = ["small", "deep", "wide", "given", "partial", "module", "convolutions", "float64"];
    static readonly string[] _scores = ["linear", "cross-entropy", "towards", "margin", "dlr", "distance"];
    static readonly string[] _regions = ["cube", "ball", "cut ball", "box per problem", "flat box", "point", "l2", "cut l2", "l1", "cut l1", "l0", "tiny l2", "polytope"];

    public static void Run(string[] arguments)
    {
        var culture = CultureInfo.InvariantCulture;
        var cases = arguments.Length > 0 ? int.Parse(arguments[0], culture) : 30_000;
        var seed = arguments.Length > 1 ? ulong.Parse(arguments[1], culture) : 1;
        set_num_threads(1);
        using var noGrad = no_grad();
        var (done, broken) = (0, 0);
        var began = Environment.CpuUsage.TotalTime;
        for (var problem = 0UL; done < cases; problem++)
        {
            foreach (var name in InputOptimizerCatalog.Entries.Keys.Take(cases - done))
            {
                using var scope = NewDisposeScope();
                string what;
                try
                {
                    what = Problem.Draw(seed + problem).WhatIsBroken(name);
                }
                catch (Exception error) when (error is not OutOfMemoryException)
                {
                    // A crash is a broken promise as well; the search for others goes on.
                    what = $"{error.GetType().Name}: {error.Message.Split('\n')[0]}";
                }
                done++;
                if (done % 1000 == 0)
                {
                    Console.Error.WriteLine($"{done} cases, {broken} broken");
                }
                if (what.Length > 0)
                {
                    broken++;
                    Console.WriteLine($"{name} on problem {seed + problem} ({Problem.Draw(seed + problem).Kind}): {what}");
                }
            }
        }
        Console.WriteLine(string.Create(
            culture, $"{done} cases, {broken} with a broken promise, {(Environment.CpuUsage.TotalTime - began).TotalSeconds:F0} s of CPU time"));
        if (broken > 0)
        {
            throw new InvalidOperationException($"{broken} of {done} cases break a promise.");
        }
    }

    sealed record Problem(string Kind, IReluNetwork Network, Score Score, Tensor Starts, Region Region, int Passes, Func<Problem>? InOtherUnits, Tensor? Units)
    {
        public static Problem Draw(ulong seed)
        {
            using var random = new Generator(seed);
            int Below(int count) => (int)randint(count, [1], generator: random).ToInt64();
            var (kind, score, within) = (_networks[Below(_networks.Length)], _scores[Below(_scores.Length)], _regions[Below(_regions.Length)]);
            var (problems, starts, outputs, passes) = (1 + Below(7), Below(3) == 0 ? 1 + Below(4) : 1, 3 + Below(3), Below(6) == 0 ? 1 + Below(4) : 5 + Below(14));
            var dtype = kind == "float64" ? float64 : float32;
            var isImage = kind == "convolutions";
            // As many inputs as problems now and then: shapes must not be told by it.
            var inputs = isImage ? 36 : Below(4) == 0 ? problems : 1 + Below(kind == "wide" ? 60 : 12);
            long[] shape = isImage ? [1, 6, 6] : [inputs];
            long[] hidden = kind switch { "deep" => [9, 8, 7, 6], "wide" => [40, 30], _ => [4 + Below(20), 4 + Below(20)] };
            var given = kind is "given" or "partial" ? 3 : 0;
            long[] sizes = [inputs + given, .. hidden, outputs];
            var layers = sizes.Skip(1).Zip(sizes, (rows, columns) => new ReluLayer(
                (rand(rows, columns, dtype: dtype, generator: random) * 2) - 1, (rand(rows, dtype: dtype, generator: random) * 2) - 1)).ToArray();
            var fixedInputs = rand(problems, Math.Max(given, 1), dtype: dtype, generator: random);
            var module = Module(kind, inputs, outputs, random);

            IReluNetwork Of(ReluLayer[] layers)
            {
                var network = new ReluNetwork(layers);
                return kind switch
                {
                    "given" => network.Given(fixedInputs),
                    "partial" => PartialNetwork.Of(network.Given(fixedInputs), [-1]),
                    "module" or "convolutions" => new ReluModule(module!, shape),
                    _ => network,
                };
            }

            Tensor Points(long count) => (rand([count, .. shape], dtype: dtype, generator: random) * 2.4) - 1.2;
            var labels = randint(outputs, [problems], generator: random).to(int64);
            var o = score switch
            {
                "linear" => Score.Weighted((rand(Below(2) == 0 ? [outputs] : [problems, outputs], dtype: dtype, generator: random) * 2) - 1),
                "cross-entropy" => Score.AwayFrom(labels),
                "towards" => Score.Towards(labels),
                "margin" => Score.Margin(labels),
                "dlr" => Score.Dlr(labels),
                _ => Score.SquaredDistance(rand(outputs, dtype: dtype, generator: random)),
            };
            var center = Points(problems).clamp(-1, 1);
            Region Halved()
            {
                var normals = (rand(problems, 2, center[0].numel(), dtype: dtype, generator: random) * 2) - 1;
                return new Polytope(Box.Ball(center, 0.5), normals, (normals * center.reshape(problems, 1, -1)).sum(2) + 0.1, center);
            }

            var half = rand([problems, .. shape], dtype: dtype, generator: random);
            var region = within switch
            {
                "cube" => Box.Between(-1, 1, center),
                "ball" => Box.Ball(center, 0.3),
                "cut ball" => Box.Ball(center, 0.5, -1, 1),
                "box per problem" => new Box(center - half, center + (half * half)),
                "flat box" => new Box(center - (half * half.gt(0.5)), center + (half * half.gt(0.5))),
                "point" => Box.Ball(center, 0),
                "l2" => new EuclideanBall(center, 0.7),
                "cut l2" => new EuclideanBall(center, 0.7, -1, 1),
                "l1" => new L1Ball(center, 0.9),
                "cut l1" => new L1Ball(center, 0.9, -1, 1),
                "l0" => new L0Ball(center, 2, -1, 1),
                "polytope" => Halved(),
                _ => new EuclideanBall(center, 1e-6),
            };
            var first = starts == 1 ? Points(problems) : Points(problems * starts).reshape([problems, starts, .. shape]);
            var units = module is null && region is Box ? pow(2.0, randint(-6, 7, [inputs], generator: random).to(dtype)) : null;
            var problem = new Problem($"{kind}, {score}, {within}, B = {problems}, S = {starts}, n = {inputs}, {passes} passes", Of(layers), o, first, region, passes, null, units);
            return units is null ? problem : problem with
            {
                InOtherUnits = () =>
                {
                    var (weight, bias) = layers[0];
                    var scaled = new ReluLayer(cat([weight.narrow(1, 0, given), weight.narrow(1, given, inputs) / units], 1), bias);
                    var box = (Box)region;
                    return problem with
                    {
                        Network = Of([scaled, .. layers.Skip(1)]),
                        Starts = first * units,
                        Region = new Box(box.Lower * units, box.Upper * units),
                    };
                },
            };
        }

        static nn.Module<Tensor, Tensor>? Module(string kind, int inputs, int outputs, Generator random)
        {
            nn.Module<Tensor, Tensor>? module = kind switch
            {
                "module" => nn.Sequential(nn.Linear(inputs, 12), nn.ReLU(), nn.Linear(12, 10), nn.ReLU(), nn.Linear(10, outputs)),
                "convolutions" => nn.Sequential(
                    nn.Conv2d(1, 3, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(12, 8), nn.ReLU(), nn.Linear(8, outputs)),
                _ => null,
            };
            foreach (var parameter in module?.parameters() ?? [])
            {
                parameter.uniform_(-0.6, 0.6, random);
            }
            return module;
        }

        /// <summary>Broken promises of an optimiser; nothing if it keeps them all.</summary>
        public string WhatIsBroken(string name)
        {
            var (found, again) = (Found(name), Found(name));
            var broken = new List<string>();
            void Check(bool kept, string promise)
            {
                if (!kept)
                {
                    broken.Add(promise);
                }
            }

            var objective = new Objective(Network, Score);
            var starts = Starts.dim() == Network.InputShape.Count + 2 ? Starts.shape[1] : 1;
            var tolerance = found.X.dtype == float64 ? 1e-9 : 1e-4;
            Check((bool)found.X.isfinite().all() && (bool)found.Value.isfinite().all(), "not finite");
            Check((bool)found.Value.ge(found.StartValue).all(), "below the start");
            Check(Region.Project(found.X).bytes.SequenceEqual(found.X.bytes), "outside the region");
            Check(objective.Value(found.X).allclose(found.Value, tolerance, tolerance), "not the network's value");
            Check(found.X.bytes.SequenceEqual(again.X.bytes) && found.Trace!.Values.bytes.SequenceEqual(again.Trace!.Values.bytes), "other bits with the same seed");
            Check(found.Trace!.Passes[^1] == found.GradientPasses, "a trace of other passes");
            // ADR-GD's budget is its iterations, of one to a few passes each.
            var isAdrGd = name.StartsWith("adr-gd", StringComparison.Ordinal);
            Check(isAdrGd || found.GradientPasses <= Passes * starts, $"{found.GradientPasses} passes of {Passes} for each of {starts} starts");
            if (InOtherUnits?.Invoke().Found(name) is { } other)
            {
                Check((found.X * Units!).bytes.SequenceEqual(other.X.bytes), "other bits in other units");
            }
            return string.Join("; ", broken);
        }

        InputOptimum Found(string name)
        {
            using var seeded = new Generator(7);
            return InputOptimizerCatalog.Create(name, Passes, seeded).Maximize(new(Network, Score), Starts, Region, trace: true);
        }
    }
}
