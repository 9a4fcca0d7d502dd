namespace RL.Certification.Tests;

/// <summary>Bounds for float32 contain what any float32 program computes: sums in any order, fused multiplications or not, the bias first or last.</summary>
public sealed class FloatProgramTests
{
    public static TheoryData<string> Functions => [.. _programs.Keys];

    static readonly Dictionary<string, (ActivationFunction Function, Func<float, float> Program)> _programs = new()
    {
        ["relu"] = (ActivationFunction.Relu, z => MathF.Max(z, 0)),
        ["leaky_relu"] = (ActivationFunction.LeakyRelu(0.1f), z => z > 0 ? z : 0.1f * z),
        ["tanh"] = (ActivationFunction.Tanh, MathF.Tanh),
        ["sigmoid"] = (ActivationFunction.Sigmoid, z => 1 / (1 + MathF.Exp(-z))),
        ["softplus"] = (ActivationFunction.Softplus, z => MathF.Log(1 + MathF.Exp(z))),
        ["elu"] = (ActivationFunction.Elu(1), z => z > 0 ? z : MathF.Exp(z) - 1),
        ["selu"] = (ActivationFunction.Selu, z => 1.0507009873554805f * (z > 0 ? z : 1.6732632423543772f * (MathF.Exp(z) - 1))),
    };

    [Theory, MemberData(nameof(Functions))]
    public void Bound_Float32_ContainsProgramsThatSumInAnyOrder(string name)
    {
        var (function, program) = _programs[name];
        for (var seed = 0UL; seed < 8; seed++)
        {
            var random = new Draws(seed);
            var layers = Layers(random, [6, 24, 24, 3], scale: seed % 3 == 0 ? 0.5 : 2);
            var graph = new NetworkGraph(6);
            foreach (var (weight, bias) in layers)
            {
                var from = graph.Last == 0 ? 0 : graph.Activation(graph.Last, function);
                graph.Linear(from, [.. weight.Select(w => (double)w)], [.. bias.Select(b => (double)b)]);
            }
            // Points show rounding alone; wide boxes hide it.
            var radius = (seed % 4) switch { 0 => 0, 1 => 1e-6, 2 => 1e-3, _ => 0.1 };
            var centre = Floats(random, 6, 1);
            double[] lower = [.. centre.Select(x => x - radius)], upper = [.. centre.Select(x => x + radius)];
            var bounds = Array.ConvertAll(Enum.GetValues<BoundMethod>(), method =>
                new NetworkBounds(graph, new() { Method = method, Arithmetic = Arithmetic.Float32, Steps = 2 }).Bound(lower, upper));
            for (var sample = 0; sample < 20; sample++)
            {
                float[] x = [.. lower.Select((l, d) => Inside((float)(l + (random.NextDouble() * (upper[d] - l))), l, upper[d]))];
                var y = Run(layers, program, x, random);
                for (var k = 0; k < y.Length; k++)
                {
                    Assert.All(bounds, each => Assert.InRange(y[k], each.Lower[k], each.Upper[k]));
                }
            }
        }
    }

    static float Inside(float x, double lower, double upper) => x < lower ? MathF.BitIncrement(x) : x > upper ? MathF.BitDecrement(x) : x;

    static float[] Run((float[] Weight, float[] Bias)[] layers, Func<float, float> activation, float[] x, Draws random)
    {
        var h = x;
        for (var i = 0; i < layers.Length; i++)
        {
            var (weight, bias) = layers[i];
            float[] z = [.. bias.Select((b, k) => Sum(weight.AsSpan(k * h.Length, h.Length), h, b, random))];
            h = i == layers.Length - 1 ? z : Array.ConvertAll(z, number => activation(number));
        }
        return h;
    }

    static float Sum(ReadOnlySpan<float> weight, float[] h, float bias, Draws random)
    {
        var isFused = random.Next(2) == 0;
        var sum = isFused ? 0 : bias;
        foreach (var j in Order(h.Length, random))
        {
            sum = isFused ? MathF.FusedMultiplyAdd(weight[j], h[j], sum) : sum + (weight[j] * h[j]);
        }
        return isFused ? sum + bias : sum;
    }

    static int[] Order(int count, Draws random) => [.. Enumerable.Range(0, count).Select(j => (j, random.NextDouble())).OrderBy(pair => pair.Item2).Select(pair => pair.j)];

    static (float[], float[])[] Layers(Draws random, int[] sizes, double scale) =>
        [.. sizes.Skip(1).Select((size, i) => (Floats(random, size * sizes[i], scale), Floats(random, size, 0.5)))];

    static float[] Floats(Draws random, int count, double scale) => Array.ConvertAll(random.Uniform(count, scale), x => (float)x);
}
