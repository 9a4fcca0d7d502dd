using System.Text;
using System.Text.Json;

namespace RL.Host.Tests;

/// <summary>The studies that need no classifier.</summary>
public sealed class OptimizeVerbsTests : IDisposable
{
    readonly TemporaryFolder _folder = new();
    readonly TestConsole _console = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Grey images [count×8×8] with a bright column that wanders.</summary>
    string WriteImages(int count)
    {
        const int side = 8;
        byte[] header = [0, 0, 8, 3, 0, 0, 0, (byte)count, 0, 0, 0, side, 0, 0, 0, side];
        var pixels = Enumerable.Range(0, count * side * side).Select(i => (byte)(i % side == i / (side * side) % side ? 220 : 10));
        File.WriteAllBytes(_folder.File("images"), [.. header, .. pixels]);
        return _folder.File("images");
    }

    [Fact]
    public void Landscape_OfASeed_WritesPictureAndJson()
    {
        Assert.True(0 == _console.Run(
            "optimize", "landscape", "--seed", "7", "--method", "pgd,sharp", "--passes", "40", "--start", "0.5,-0.5",
            "--output", _folder.File("picture"), "--json", _folder.File("picture.json"), "--events", _folder.File("events")), _console.Error);

        Assert.Contains("265 linear regions; maximum", _console.Out);
        Assert.True(File.Exists(_folder.File("picture.png")) && File.Exists(_folder.File("picture.svg")));
        var picture = EventReader.Value(Assert.Single(Directory.GetFiles(_folder.File("events"))), "optimize/landscape");
        Assert.Equal(File.ReadAllBytes(_folder.File("picture.png")), EventReader.AllFields((byte[])picture[8].Single())[8].Cast<byte[]>().Last());
        var result = JsonDocument.Parse(File.ReadAllText(_folder.File("picture.json"))).RootElement;
        Assert.All(result.GetProperty("results").EnumerateArray(), way =>
            Assert.True(way.GetProperty("value").GetDouble() <= result.GetProperty("maximum").GetDouble() + 1e-9));
    }

    [Theory]
    [InlineData("--start is 2,0; allowed: a list such as [0.5,1], each from -1 to 1.", "--start", "2,0")]
    [InlineData("landscape.start is [0]: two numbers, x and y.", "--start", "0")]
    [InlineData("--hidden is 8,x; allowed: a list such as [256,256], each from 1 to 200.", "--hidden", "8,x")]
    [InlineData("landscape.hidden is [150,150]: at most 200 neurons in all.", "hidden=150,150")]
    [InlineData("--method is gd; did you mean pgd", "--method", "gd")]
    [InlineData("there is no folder", "--output", "absent/picture.png")]
    [InlineData("--events needs a PNG picture; allowed: with --output FILE or FILE.png.", "--output", "picture.svg", "--events", "events")]
    public void Landscape_BadOption_IsCode2AndNothingIsWritten(string expected, params string[] options)
    {
        string[] output = options[0] == "--output" ? [] : ["--output", _folder.File("picture")];

        Assert.Equal(2, _console.Run(["optimize", "landscape", .. output, .. options]));

        Assert.Contains(expected, _console.Error);
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Relaxations_AnExample_WritesTheLadderAndThePicture()
    {
        Assert.True(0 == _console.Run(
            "optimize", "relaxations", "--example", "zero", "--plot", _folder.File("barrier.png"), "--json", _folder.File("zero.json")), _console.Error);

        Assert.Contains("parts until within 0.01: triangle 2, cut at neurons 2; hull of whole layers 2", _console.Out);
        Assert.True(File.Exists(_folder.File("barrier.png")));
        var rungs = JsonDocument.Parse(File.ReadAllText(_folder.File("zero.json"))).RootElement.GetProperty("studies")[0].GetProperty("problems")[0].GetProperty("rungs");
        double Upper(string name) => rungs.EnumerateArray().Single(rung => rung.GetProperty("name").GetString() == name).GetProperty("upper").GetDouble();
        Assert.Equal(0, Upper("exact"), 1e-9);
        Assert.Equal(0.5, Upper("hull of whole layers"), 1e-9);
        Assert.Equal(1, Upper("IBP"), 1e-9);
    }

    [Fact]
    public void Relaxations_OfARunItsFileAndItsCritic_AreOfTheirNetworks()
    {
        Assert.Equal(0, new TestConsole().Run(
            "train", "td3", "Pendulum-v1", "--runs", _folder.Path, "--name", "a", "hidden_layers=8", "--steps", "20", "evaluation_episodes=1", "--quiet"));
        JsonElement Problem(string net, string inputs, params string[] options)
        {
            Assert.True(0 == _console.Run([
                "optimize", "relaxations", "--net", net, "--runs", _folder.Path, "--radius", "0.01", "--center", inputs, "exact_seconds=0", "group_size=1",
                "--json", _folder.File("out.json"), .. options]), _console.Error);
            return JsonDocument.Parse(File.ReadAllText(_folder.File("out.json"))).RootElement.GetProperty("studies")[0].GetProperty("problems")[0];
        }

        var run = Problem("a", "state:3");
        var file = Problem(_folder.File("a/" + RunFolder.PolicyName), "state:3");
        var critic = Problem("a", "state:3", "--of", "critic");

        string Widths(JsonElement problem) => string.Join(' ', problem.GetProperty("rungs").EnumerateArray().Select(rung => $"{rung.GetProperty("lower")}:{rung.GetProperty("upper")}"));
        Assert.Equal(Widths(run), Widths(file));
        Assert.Equal((3, 4), (run.GetProperty("lower").GetArrayLength(), critic.GetProperty("lower").GetArrayLength()));
        Assert.Equal(2, _console.Run("optimize", "relaxations", "--net", WriteNetwork(), "--of", "critic"));
        Assert.Contains("holds one network; --of is for runs and policies.", _console.Error);
    }

    [Theory]
    [InlineData("--example is clipp; did you mean clip?", "--example", "clipp")]
    [InlineData("--example and --net are both given; allowed: one of them.", "--example", "clip", "--net", "small")]
    [InlineData("--radius is 0.1,x; allowed: finite numbers, with commas between them.", "--net", "small", "--radius", "0.1,x")]
    [InlineData("--radius is -1; allowed: 0 to 1000000.", "--net", "small", "--radius", "-1")]
    [InlineData("--center is 0,1: 2 numbers; allowed: 10", "--net", "small", "--center", "0,1")]
    [InlineData("--row is 1; allowed: 0 to 0.", "--net", "small", "--row", "1")]
    [InlineData("--nets is 0; allowed: 1 or more.", "--net", "small", "--nets", "0")]
    [InlineData("--net is absent.safetensors; there is no such file.", "--net", "absent.safetensors")]
    [InlineData("--group-size is 4; allowed: an integer from 1 to 3", "--group-size", "4")]
    [InlineData("--center is state:0; a file of a network has no states.", "--net", "small", "--center", "state:0")]
    [InlineData("There is no run 'absent', neither as a folder", "--net", "absent")]
    [InlineData("--of is for runs and policies, as --net.", "--net", "small", "--of", "critic")]
    [InlineData("--plot is barrier.png; it draws the example zero.", "--net", "small", "--plot", "barrier.png")]
    [InlineData("--plot is barrier.png; it draws the example zero.", "--example", "clip", "--plot", "barrier.png")]
    [InlineData("--plot is barrier.svg; allowed: a file that ends in .png.", "--plot", "barrier.svg")]
    public void Relaxations_BadOption_IsCode2AndNothingIsWritten(string expected, params string[] options)
    {
        Assert.Equal(2, _console.Run(["optimize", "relaxations", "--json", _folder.File("out.json"), .. options]));

        Assert.Contains(expected, _console.Error);
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Regions_OfANetworkFile_WritesJsonCsvAndPicture()
    {
        var file = WriteNetwork();
        string[] written = ["--json", _folder.File("regions.json"), "--csv", _folder.File("regions.csv")];

        Assert.True(0 == _console.Run(["optimize", "regions", file, "--slice", "0", "axis:0", "axis:1", "--plot", _folder.File("slice"), .. written]), _console.Error);

        var json = JsonDocument.Parse(File.ReadAllText(_folder.File("regions.json"))).RootElement;
        // Three lines in general position within the square.
        Assert.Equal(7, json.GetProperty("regions").GetInt32());
        Assert.Equal(8, File.ReadAllLines(_folder.File("regions.csv")).Length);
        Assert.True(File.Exists(_folder.File("slice.png")) && File.Exists(_folder.File("slice.svg")));
        Assert.True(0 == _console.Run(["optimize", "regions", file, "--segment", "-1,0.1", "1,0.1", .. written]), _console.Error);
        Assert.Contains("3 affine pieces", _console.Out);
        Assert.True(0 == _console.Run(["optimize", "regions", file, "--point", "0.3,0.3", "--box", "-1,1", "--walk", .. written]), _console.Error);
        Assert.Contains("uphill through", _console.Out);
    }

    [Theory]
    [InlineData("allowed: one of them")]
    [InlineData("--point is 0,0,0: 3 numbers; allowed: 2", "--point", "0,0,0")]
    [InlineData("'x' is no finite number", "--point", "0,x")]
    [InlineData("has no states", "--point", "state:0")]
    [InlineData("axis:2: '2'; allowed: a whole number from 0 to 1", "--slice", "0", "axis:0", "axis:2")]
    [InlineData("--output is 1; allowed: 0 to 0", "--point", "0", "--output", "1")]
    [InlineData("x[0] is 2; the box allows -1 to 1", "--point", "2", "--box", "-1,1")]
    [InlineData("--box is 1,-1: the lower bound of input 0, 1, exceeds the upper one, -1", "--point", "0", "--box", "1,-1")]
    [InlineData("--slice is 0 axis:0 axis:0: axis:0 and axis:0 span a line at most", "--slice", "0", "axis:0", "axis:0")]
    [InlineData("span a line at most", "--slice", "0", "0.1,0.3", "-0.3,-0.9")]
    [InlineData("span a line at most", "--slice", "0", "axis:0", "to:0")]
    public void Regions_BadOption_IsCode2AndNothingIsWritten(string expected, params string[] options)
    {
        var file = WriteNetwork();

        Assert.Equal(2, _console.Run(["optimize", "regions", file, .. options, "--json", _folder.File("regions.json")]));

        Assert.Contains(expected, _console.Error);
        Assert.Equal([file], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Regions_MoreThanMost_GivesThoseAsPartial()
    {
        Assert.True(0 == _console.Run(
            "optimize", "regions", WriteNetwork(), "--slice", "0", "axis:0", "axis:1", "--most", "3", "--json", _folder.File("regions.json"),
            "--csv", _folder.File("regions.csv"), "--plot", _folder.File("slice.png")), _console.Error);

        Assert.StartsWith("partial, ", _console.Out, StringComparison.Ordinal);
        Assert.Contains("3 regions", _console.Out);
        Assert.Contains("there are more than 3 regions: --most N", _console.Out);
        var json = JsonDocument.Parse(File.ReadAllText(_folder.File("regions.json"))).RootElement;
        Assert.True(json.GetProperty("partial").GetBoolean());
        Assert.InRange(json.GetProperty("covered").GetDouble(), 0.01, 0.99);
        Assert.Equal(4, File.ReadAllLines(_folder.File("regions.csv")).Length);
        Assert.True(File.Exists(_folder.File("slice.png")));
    }

    /// <summary>max(x, 0) + max(y, 0) + max(x + y − ½, 0).</summary>
    string WriteNetwork()
    {
        var file = _folder.File("network.safetensors");
        float[] numbers = [1, 0, 0, 1, 1, 1, 0, 0, -0.5f, 1, 1, 1, 0];
        var header = "{\"0.weight\":{\"dtype\":\"F32\",\"shape\":[3,2],\"data_offsets\":[0,24]},\"0.bias\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[24,36]},"
            + "\"2.weight\":{\"dtype\":\"F32\",\"shape\":[1,3],\"data_offsets\":[36,48]},\"2.bias\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[48,52]}}";
        using var writer = new BinaryWriter(File.Create(file));
        writer.Write((long)header.Length);
        writer.Write(Encoding.ASCII.GetBytes(header));
        Array.ForEach(numbers, writer.Write);
        return file;
    }

    [Fact]
    public void Reconstruct_TrainSaveAndUseAgain_GivesTheSameErrors()
    {
        var images = WriteImages(60);
        double[] Errors(string name, params string[] more)
        {
            Assert.True(0 == _console.Run([
                "optimize", "reconstruct", "--images", images, "--count", "5", "--method", "adam,sharp", "--passes", "20",
                "--sheet", _folder.File("sheet.png"), "--json", _folder.File(name), .. more]), _console.Error);
            return [.. JsonDocument.Parse(File.ReadAllText(_folder.File(name))).RootElement.GetProperty("results").EnumerateArray()
                .Select(result => result.GetProperty("mean_error").GetDouble())];
        }

        var trained = Errors("trained.json", "--epochs", "20", "--latent", "3", "--save", _folder.File("decoder.safetensors"), "--events", _folder.File("events"));
        var again = Errors("again.json", "--model", _folder.File("decoder.safetensors"));

        Assert.Equal(3, trained.Length);
        Assert.Equal(trained, again);
        var sheet = EventReader.Value(Assert.Single(Directory.GetFiles(_folder.File("events"))), "optimize/reconstructed");
        Assert.Equal(File.ReadAllBytes(_folder.File("sheet.png")), EventReader.AllFields((byte[])sheet[8].Single())[8].Cast<byte[]>().Last());
        Assert.Contains("epoch 20/20", _console.Error);
    }

    [Theory]
    [InlineData("--images is absent; there is no such file.", "--images", "absent")]
    [InlineData("--count is 60; allowed for the 60 images of", "--count", "60")]
    [InlineData("--radius is 0; allowed: a number from", "--radius", "0")]
    [InlineData("--latent is 0; allowed: an integer from 1 to 1024.", "--latent", "0")]
    [InlineData("--model is absent; there is no such file.", "--model", "absent")]
    [InlineData("--events needs a PNG picture; allowed: with --sheet FILE or FILE.png.", "--events", "events")]
    [InlineData("--save and decoder.* do not go with it", "--model", "images", "--epochs", "3")]
    public void Reconstruct_BadOption_IsCode2(string expected, params string[] options)
    {
        var file = WriteImages(60);
        string[] images = options[0] == "--images" ? [] : ["--images", file];

        Assert.Equal(2, _console.Run(
            ["optimize", "reconstruct", .. images, .. options.Select(option => option == "images" ? file : option)]));

        Assert.Contains(expected, _console.Error);
        Assert.Empty(_console.Out);
    }
}
