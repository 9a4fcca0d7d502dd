using System.Buffers.Binary;
using System.Text;

namespace RL.Dashboard;

/// <summary>A picture of a run, a PNG file or, as PyTorch's add_video writes it, a GIF.</summary>
sealed record RunImage(long Step, byte[] Content)
{
    /// <summary>Its media type.</summary>
    public string Type => PngFile.IsPng(Content) ? "image/png" : "image/gif";

    /// <summary>Pixels; (0, 0) if it is no picture of these kinds.</summary>
    public static (int Width, int Height) SizeOf(ReadOnlySpan<byte> content) =>
        PngFile.IsPng(content) ? PngFile.SizeOf(content)
        : content.Length > 13 && (content.StartsWith("GIF87a"u8) || content.StartsWith("GIF89a"u8))
            ? (BinaryPrimitives.ReadUInt16LittleEndian(content[6..]), BinaryPrimitives.ReadUInt16LittleEndian(content[8..]))
        : (0, 0);
}

/// <summary>A distribution of a run, rows (left, right, count).</summary>
sealed record RunHistogram(long Step, double[] Buckets);

/// <summary>
/// What the event files of one folder say, in bounded memory: curves are thinned, of pictures and distributions some are kept, and what
/// exceeds the limits is counted in <see cref="Problem"/>.
/// </summary>
sealed class RunData(int id, string name, string folder) : IEventVisitor
{
    const int MostTags = 2000, MostTagBytes = 400, MostTexts = 50, MostTextBytes = 1 << 16, MostOptions = 1000, MostVideos = 50;
    const int MostImages = 12, MostImagesOfStep = 8, MostImageBytes = 1 << 22, MostImageBytesOfRun = 1 << 24, MostPixels = 1 << 24;
    const int MostHistograms = 50, MostHistogramBuckets = 100;

    readonly Dictionary<string, byte[]> _plugins = [];
    long _imageBytes;
    int _videos;

    /// <summary>Stable as long as the program runs.</summary>
    public int Id => id;

    /// <summary>Path within the folder that is shown, with / between its parts; "." is that folder itself.</summary>
    public string Name => name;

    /// <summary>Where its event files are.</summary>
    public string Folder => folder;

    /// <summary>Guards everything below.</summary>
    public Lock Lock { get; } = new();

    /// <summary>Its event files, by their names.</summary>
    public SortedDictionary<string, EventTail> Files { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, ScalarSeries> Scalars { get; } = [];

    public Dictionary<string, List<RunImage>> Images { get; } = [];

    public Dictionary<string, List<RunHistogram>> Histograms { get; } = [];

    public Dictionary<string, string> Texts { get; } = [];

    /// <summary>In the order of their names.</summary>
    public IReadOnlyList<RunVideo> Videos { get; private set; } = [];

    /// <summary>Options as HPARAMS has them.</summary>
    public Dictionary<string, string> Options { get; } = [];

    public long LastStep { get; private set; }

    public double LastTime { get; private set; }

    public double FirstTime { get; private set; }

    /// <summary>Grows with every change.</summary>
    public long Version { get; private set; }

    /// <summary>What is not shown, or not readable; null: nothing.</summary>
    public string? Problem { get; set; }

    /// <summary>Says which videos there are now, by their names in order.</summary>
    public void SetVideos(IReadOnlyList<string> names)
    {
        lock (Lock)
        {
            if (!names.Take(MostVideos).SequenceEqual(Videos.Select(video => video.Name)))
            {
                var known = Videos.ToDictionary(video => video.Name);
                Videos = [.. names.Take(MostVideos).Select(video => known.GetValueOrDefault(video) ?? new(_videos++, video))];
                Version++;
            }
        }
    }

    /// <summary>Forgets what event files said, to read it anew.</summary>
    public void Clear()
    {
        Files.Clear();
        Scalars.Clear();
        Images.Clear();
        Histograms.Clear();
        Texts.Clear();
        Options.Clear();
        _plugins.Clear();
        (_imageBytes, LastStep, LastTime, FirstTime, Problem) = (0, 0, 0, 0, null);
        Version++;
    }

    /// <inheritdoc/>
    public void SessionStart(long step)
    {
        foreach (var series in Scalars.Values)
        {
            series.DropFrom(step);
        }

        foreach (var images in Images.Values)
        {
            images.RemoveAll(image => image.Step >= step);
        }

        foreach (var histograms in Histograms.Values)
        {
            histograms.RemoveAll(histogram => histogram.Step >= step);
        }

        LastStep = Math.Min(LastStep, Math.Max(0, step - 1));
        Version++;
    }

    /// <inheritdoc/>
    public void Value(in EventValue value)
    {
        if (value.Tag.Length > MostTagBytes)
        {
            Problem = $"A tag has {value.Tag.Length} bytes; those of more than {MostTagBytes} are not shown.";
            return;
        }

        var tag = Encoding.UTF8.GetString(value.Tag);
        if (value.Scalar is { } scalar)
        {
            AddScalar(tag, value, scalar);
        }
        else if (!value.Histogram.IsEmpty)
        {
            AddHistogram(tag, value);
        }
        else if (!value.Image.IsEmpty)
        {
            AddImage(tag, value.Step, EncodedImage(value.Image));
        }
        else
        {
            AddTensor(tag, value);
        }

        LastStep = Math.Max(LastStep, value.Step);
        LastTime = Math.Max(LastTime, value.WallTime);
        FirstTime = FirstTime == 0 ? value.WallTime : FirstTime;
        Version++;
    }

    /// <summary>Of which kind a tensor is, is often said with its first value only.</summary>
    void AddTensor(string tag, in EventValue value)
    {
        if (!value.Plugin.IsEmpty && _plugins.Count < MostTags && !_plugins.ContainsKey(tag))
        {
            _plugins[tag] = value.Plugin[..Math.Min(value.Plugin.Length, MostTagBytes)].ToArray();
        }

        var plugin = value.Plugin.IsEmpty ? _plugins.GetValueOrDefault(tag) : value.Plugin;
        if (plugin.SequenceEqual("scalars"u8))
        {
            AddScalar(tag, value, EventParser.Number(value.Tensor));
        }
        else if (plugin.SequenceEqual("histograms"u8))
        {
            AddHistogram(tag, value);
        }
        else if (plugin.SequenceEqual("images"u8))
        {
            // Width, height, and then one or several pictures.
            foreach (var (i, picture) in EventParser.Strings(value.Tensor, 2 + MostImagesOfStep).Skip(2).Index())
            {
                AddImage(i == 0 ? tag : $"{tag}/{i}", value.Step, picture);
            }
        }
        else if (plugin.SequenceEqual("text"u8) && EventParser.Strings(value.Tensor, 1) is [var text] && HasRoom(Texts, tag, MostTexts))
        {
            Texts[tag] = Encoding.UTF8.GetString(text.AsSpan(0, Math.Min(text.Length, MostTextBytes)));
            if (tag is "hyperparameters/text_summary" or "hyperparameters")
            {
                HyperParameters.ReadTable(Texts[tag], AddOption);
            }
        }
        else if (plugin.SequenceEqual("hparams"u8))
        {
            HyperParameters.Read(value.PluginContent, AddOption);
        }
    }

    void AddOption(string name, string text)
    {
        if (HasRoom(Options, name, MostOptions))
        {
            Options[name] = text;
        }
    }

    void AddScalar(string tag, in EventValue value, double number)
    {
        if (!Scalars.TryGetValue(tag, out var series))
        {
            if (!HasRoom(Scalars, tag, MostTags))
            {
                return;
            }

            Scalars[tag] = series = new ScalarSeries();
        }

        series.Add(value.Step, value.WallTime, number);
    }

    void AddHistogram(string tag, in EventValue value)
    {
        if (HasRoom(Histograms, tag, MostTags / 4))
        {
            var all = Histograms.TryGetValue(tag, out var known) ? known : Histograms[tag] = [];
            all.Add(new(value.Step, EventParser.Buckets(value.Tensor, value.Histogram, MostHistogramBuckets)));
            Thin(all, MostHistograms);
        }
    }

    void AddImage(string tag, long step, byte[] content)
    {
        if (content.Length > MostImageBytes || RunImage.SizeOf(content) is not ( > 0 and var width, > 0 and var height) || (long)width * height > MostPixels)
        {
            Problem = $"Pictures that are no PNG files or GIFs, or of more than {MostPixels:N0} pixels or {MostImageBytes >> 20} MB, are not shown.";
        }
        else if (HasRoom(Images, tag, MostTags / 10))
        {
            var all = Images.TryGetValue(tag, out var known) ? known : Images[tag] = [];
            _imageBytes += content.Length;
            all.Add(new(step, content));
            _imageBytes -= Thin(all, MostImages).Sum(image => image.Content.Length);
            while (_imageBytes > MostImageBytesOfRun)
            {
                var longest = Images.Values.MaxBy(images => images.Sum(image => image.Content.Length))!;
                _imageBytes -= longest[0].Content.Length;
                longest.RemoveAt(0);
            }
        }
    }

    /// <summary>Every other one goes when there are too many; the last one stays.</summary>
    static List<T> Thin<T>(List<T> all, int most)
    {
        var dropped = new List<T>();
        if (all.Count > most)
        {
            dropped.AddRange(all.Where((_, i) => (all.Count - 1 - i) % 2 == 1));
            var kept = all.Where((_, i) => (all.Count - 1 - i) % 2 == 0).ToList();
            all.Clear();
            all.AddRange(kept);
        }

        return dropped;
    }

    bool HasRoom<T>(Dictionary<string, T> entries, string tag, int most)
    {
        if (entries.Count < most || entries.ContainsKey(tag))
        {
            return true;
        }

        Problem = $"There are more than {most} tags of a kind; the others are not shown.";
        return false;
    }

    /// <summary>Image { 4 bytes encoded_image_string; }</summary>
    static byte[] EncodedImage(ReadOnlySpan<byte> image)
    {
        var reader = new ProtoReader(image);
        return reader.Next(4) ? reader.Bytes().ToArray() : [];
    }
}
