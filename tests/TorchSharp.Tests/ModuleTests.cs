using System.Runtime.InteropServices;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharpTests;

public sealed class ModuleTests
{
    [Fact]
    public void RegisterComponents_NamesFieldsInOrder_OwnParametersFirst()
    {
        using var net = new Net();
        Assert.Equal(
            ["_scale", "l1.weight", "l1.bias", "l2.weight", "l2.bias"], net.named_parameters().Select(pair => pair.name));
        Assert.Equal(["_scale", "l1.weight", "l1.bias", "l2.weight", "l2.bias", "_offset"], net.state_dict().Keys);
        Assert.Equal(["l1", "l2"], net.named_children().Select(pair => pair.name));
    }

    [Fact]
    public void ForwardHooks_InASequence_SeeInputsAndReplaceOutputs_UntilRemoved()
    {
        using var scope = NewDisposeScope();
        var relu = nn.ReLU();
        using var net = nn.Sequential(nn.Linear(4, 3), relu, nn.Linear(3, 1));
        var x = randn(5, 4);
        var plain = net.call(x);
        var seen = zeros(1);

        var remover = relu.register_forward_hook((_, input, output) =>
        {
            seen = input.clone();
            return output * 0;
        });
        var hooked = net.call(x);
        remover.remove();

        Assert.True(seen.allclose(net[0].call(x)));
        Assert.True(hooked.allclose(net[2].call(zeros(5, 3))));
        Assert.True(net.call(x).allclose(plain));
    }

    [Fact]
    public void ForwardPreHook_ReplacesTheInput()
    {
        using var scope = NewDisposeScope();
        using var layer = nn.Linear(4, 3);
        var x = randn(5, 4);
        layer.register_forward_pre_hook((_, input) => input * 2);

        Assert.True(layer.call(x).allclose(layer.forward(x * 2)));
    }

    [Fact]
    public void Save_WritesTheOfficialFormat()
    {
        using var net = new Demo();
        using var stream = new MemoryStream();
        net.save(stream);
        var bytes = stream.ToArray();
        // Six entries; "l1.weight": Float32, two dimensions, 8 and 4; then 128 bytes of data.
        byte[] start = [6, 9, .. "l1.weight"u8, 6, 2, 8, 4];
        Assert.Equal(start, bytes[..start.Length]);
        Assert.Equal(net.l1.weight.bytes.ToArray(), bytes[start.Length..(start.Length + 128)]);
        byte[] next = [7, .. "l1.bias"u8, 6, 1, 8];
        Assert.Equal(next, bytes[(start.Length + 128)..(start.Length + 128 + next.Length)]);
    }

    [Fact]
    public void Load_AfterSave_GivesTheSameOutputs()
    {
        using var scope = NewDisposeScope();
        using var a = new Net();
        using var b = new Net();
        var x = randn(5, 4);
        Assert.False(a.call(x).allclose(b.call(x)));
        using var stream = new MemoryStream();
        a.save(stream);
        stream.Position = 0;
        b.load(stream);
        Assert.Equal(a.call(x).data<float>().ToArray(), b.call(x).data<float>().ToArray());
        Assert.True(b.parameters().All(parameter => parameter.requires_grad));

        stream.Position = 0;
        using var other = new Demo();
        Assert.Throws<ArgumentException>(() => other.load(stream));
    }

    [Fact]
    public void LoadStateDict_CopiesValues_AndReportsKeys()
    {
        using var scope = NewDisposeScope();
        using var a = new Net();
        using var b = new Net();
        var (missing, unexpected) = b.load_state_dict(a.state_dict());
        Assert.Empty(missing);
        Assert.Empty(unexpected);
        Assert.Equal(a.l1.weight.data<float>().ToArray(), b.l1.weight.data<float>().ToArray());
        Assert.NotEqual(a.l1.weight.Handle, b.l1.weight.Handle);
        using var other = new Demo();
        Assert.Throws<InvalidOperationException>(() => other.load_state_dict(a.state_dict()));
        string[] skip = ["l1.weight", "l2.weight", "l2.bias"];
        Assert.Equal(["l3.weight", "l3.bias"], other.load_state_dict(a.state_dict(), false, skip).missing_keys);
    }

    [Fact]
    public void Linear_Initialises_WithinOneOverRootFanIn()
    {
        using var layer = Linear(100, 50);
        using var scope = NewDisposeScope();
        Assert.Equal([50, 100], layer.weight.shape);
        Assert.InRange(layer.weight.abs().max().item<float>(), 0.095f, 0.1f);
        Assert.InRange(layer.bias!.abs().max().item<float>(), 0.05f, 0.1f);
        Assert.Null(Linear(2, 3, hasBias: false).bias);
    }

    [Fact]
    public void Layers_InADisposeScope_OutliveIt()
    {
        Linear layer;
        using (NewDisposeScope())
            layer = Linear(2, 3);
        Assert.False(layer.weight.IsInvalid);
        layer.Dispose();
    }

    [Fact]
    public void ImpalaBlock_HasTheExpectedShapes()
    {
        using var scope = NewDisposeScope();
        using var network = Sequential(
            ("conv", Conv2d(3, 16, 3, stride: 1, padding: 1)),
            ("pool", MaxPool2d(3, 2, 1)),
            ("relu", ReLU()),
            ("flatten", Flatten()),
            ("head", Linear(16 * 32 * 32, 10)));
        var frames = tensor(new byte[2 * 3 * 64 * 64], [2, 3, 64, 64]).to(float32).div_(255);
        Assert.Equal([2, 10], network.call(frames).shape);
        Assert.Equal([2, 16, 64, 64], ((Conv2d)network[0]).forward(frames).shape);
        Assert.Equal([2, 16, 32, 32], functional.max_pool2d(network[0].call(frames), 3, 2, 1).shape);
        Assert.Equal(
            ["conv.weight", "conv.bias", "head.weight", "head.bias"], network.named_parameters().Select(pair => pair.name));
    }

    [Fact]
    public void Conv2d_OfOnes_CountsTheNeighbours()
    {
        using var scope = NewDisposeScope();
        using var conv = Conv2d(1, 1, 3, padding: 1, bias: false);
        init.constant_(conv.weight, 1);
        Assert.Equal([4, 6, 4, 6, 9, 6, 4, 6, 4], conv.call(ones([1, 1, 3, 3])).data<float>().ToArray());
        Assert.Equal([9], functional.max_pool2d(conv.call(ones([1, 1, 3, 3])), 3).data<float>().ToArray());
    }

    [Fact]
    public void Sequential_NumbersItsModules_AndReleasesWhatIsInBetween()
    {
        using var network = Sequential(Linear(4, 8), ReLU(inplace: true), Linear(8, 2), Tanh());
        using var scope = NewDisposeScope();
        var x = randn(3, 4);
        var y = network.call(x);
        Assert.Equal(2, scope.DisposablesCount);
        Assert.Equal(["0.weight", "0.bias", "2.weight", "2.bias"], network.state_dict().Keys);
        Assert.Equal([3, 2], y.shape);
        y.sum().backward();
        var error = Assert.Throws<ExternalException>(() => network.call(randn(3, 5)));
        Assert.Contains("cannot be multiplied", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void LayerNorm_GivesMeanZeroAndVarianceOne()
    {
        using var scope = NewDisposeScope();
        using var norm = LayerNorm(64);
        var y = norm.call(randn(10, 64) * 5 + 3);
        Assert.True(y.mean([1]).abs().max().item<float>() < 1e-5f);
        Assert.True((y.var(1, unbiased: false) - 1).abs().max().item<float>() < 1e-3f);
    }

    [Fact]
    public void To_AnotherType_ReplacesParametersAndFields()
    {
        using var scope = NewDisposeScope();
        using var net = new Net().to(float64);
        Assert.All(net.parameters(), parameter => Assert.Equal(float64, parameter.dtype));
        Assert.Equal(float64, net.call(randn(2, 4, float64)).dtype);
        Assert.True(net.l1.weight.requires_grad);
        var weight = net.l1.weight;
        Assert.Same(weight, net.to(float64).l1.weight);
    }

    [Fact]
    public void Train_And_Eval_ReachTheChildren()
    {
        using var net = new Net();
        net.eval();
        Assert.False(net.l1.training);
        net.train();
        Assert.True(net.l1.training);
    }

    [Fact]
    public void Orthogonal_HasOrthonormalRows_TimesTheGain()
    {
        using var scope = NewDisposeScope();
        foreach (var (rows, columns) in new[] { (4L, 16L), (16L, 4L) })
        {
            var w = init.orthogonal_(empty(rows, columns), 2);
            var small = rows < columns ? w.matmul(w.t()) : w.t().matmul(w);
            var error = small - tensor(Enumerable.Range(0, 16).Select(i => i % 5 == 0 ? 4f : 0f).ToArray(), [4, 4]);
            Assert.True(error.abs().max().item<float>() < 1e-4f);
        }
    }

    [Fact]
    public void CrossEntropy_OfEqualLogits_IsTheLogOfTheClasses()
    {
        using var scope = NewDisposeScope();
        var logits = zeros(3, 4, requires_grad: true);
        var loss = functional.cross_entropy(logits, tensor(new long[] { 0, 1, 3 }));
        Assert.Equal(MathF.Log(4), loss.item<float>(), 1e-6f);
        var gradient = autograd.grad([loss], [logits])[0];
        Assert.Equal([-0.25f, 1f / 12, 1f / 12, 1f / 12], gradient[0].data<float>().ToArray(), Close);
    }

    [Fact]
    public void ClipGradNorm_ScalesAllGradientsTogether()
    {
        using var scope = NewDisposeScope();
        var a = new Parameter(ones(1));
        var b = new Parameter(ones(1));
        using var optimizer = optim.SGD([a, b], 1);
        (a * 3 + b * 4).sum().backward();
        Assert.Equal(5, utils.clip_grad_norm_([a, b], 1), 1e-6);
        optimizer.step();
        Assert.Equal(1 - 0.6f, a.item<float>(), 1e-5f);
        Assert.Equal(1 - 0.8f, b.item<float>(), 1e-5f);
    }

    [Fact]
    public void ParametersToVector_AndBack_RoundTrips()
    {
        using var scope = NewDisposeScope();
        using var a = new Demo();
        using var b = new Demo();
        var vector = utils.parameters_to_vector(a.parameters());
        Assert.Equal(a.parameters().Sum(parameter => parameter.numel()), vector.numel());
        utils.vector_to_parameters(vector, b.parameters());
        Assert.Equal(a.l3.weight.data<float>().ToArray(), b.l3.weight.data<float>().ToArray());
    }

    static bool Close(float left, float right) => MathF.Abs(left - right) < 1e-6f;

    sealed class Net : Module<Tensor, Tensor>
    {
        public readonly Linear l1 = Linear(4, 8);
        public readonly Linear l2 = Linear(8, 2);
        readonly Parameter _scale = Parameter(rand(1));
        readonly Tensor _offset = rand(1);

        public Net()
            : base(nameof(Net)) => RegisterComponents();

        public override Tensor forward(Tensor input) => l2.call(l1.call(input).relu()) * _scale + _offset;
    }

    sealed class Demo : Module<Tensor, Tensor>
    {
        public readonly Linear l1 = Linear(4, 8);
        public readonly Linear l2 = Linear(8, 8);
        public readonly Linear l3 = Linear(8, 2);

        public Demo()
            : base(nameof(Demo)) => RegisterComponents();

        public override Tensor forward(Tensor input) => l3.call(l2.call(l1.call(input)));
    }
}
