namespace RL.Runs.Tests;

/// <summary>What TensorBoard itself reads in our event files.</summary>
public sealed class EventAccumulatorTests : IDisposable
{
    const string Script = """
        import sys
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
        from tensorboard.plugins.hparams import plugin_data_pb2
        from tensorboard.util import tensor_util
        events = EventAccumulator(sys.argv[1], size_guidance={"tensors": 0, "scalars": 0})
        events.Reload()
        print([(event.step, event.value) for event in events.Scalars("loss/critic")])
        for tag in events.Tags()["tensors"]:
            plugin = events.SummaryMetadata(tag).plugin_data
            value = [] if plugin.plugin_name == "hparams" else tensor_util.make_ndarray(events.Tensors(tag)[-1].tensor_proto)
            if plugin.plugin_name == "hparams":
                start = plugin_data_pb2.HParamsPluginData.FromString(plugin.content).session_start_info.hparams
                print("hparams", sorted((key, start[key].WhichOneof("kind")) for key in start))
            elif plugin.plugin_name == "histograms":
                print("histograms", tag, value.shape, value[:, 2].sum())
            elif plugin.plugin_name == "images":
                print("images", tag, value[0], value[1], value[2][1:4])
            else:
                print(plugin.plugin_name, tag, value.tolist())
        """;

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Reload_OfOurFile_HasScalarsTextHistogramsPicturesAndHyperParameters()
    {
        Python.SkipUnlessItHas("tensorboard", "TensorBoard is no package of Debian: python3 -m pip install tensorboard");
        using (var file = new EventFile(_folder.Path, TimeProvider.System))
        {
            file.Scalar("loss/critic", 0.5, 10);
            file.Scalar("loss/critic", 0.25, 20);
            file.Text("note", "what was tried", 0);
            file.Histogram("weights/actor", [1, 2, 3, 4], 10);
            file.Image("picture", PngFile.Encode(2, 1, [1, 2, 3, 4, 5, 6]), 10);
            file.HyperParameters(new Dictionary<string, object> { ["agent.tau"] = 0.005, ["environment"] = "Pendulum-v1", ["log"] = true });
        }

        var told = Python.Run(Script, _folder.Path).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal("[(10, 0.5), (20, 0.25)]", told[0]);
        Assert.Contains("hparams [('agent.tau', 'number_value'), ('environment', 'string_value'), ('log', 'bool_value')]", told);
        Assert.Contains("histograms weights/actor (30, 3) 4.0", told);
        Assert.Contains("images picture b'2' b'1' b'PNG'", told);
        Assert.Contains("text note [b'what was tried']", told);
    }
}
