namespace RL.Studies;

/// <summary>
/// Where labelled images are: IDX files (images and labels), a folder of PNG files (with or without a file of labels), or
/// CIFAR-10's batches.
/// </summary>
/// <param name="Images">An IDX file or a folder of PNG files.</param>
/// <param name="Labels">Their labels.</param>
/// <param name="Cifar">Batches, or the folder they are in.</param>
public sealed record ImageSource(string? Images, string? Labels, IReadOnlyList<string> Cifar)
{
    /// <summary>What is wrong with this choice, in one sentence; null if it can be read.</summary>
    /// <param name="prefix">Of the options that it was given by: --{prefix}images and so on.</param>
    public string? Problem(string prefix = "")
    {
        var (images, labels, cifar) = ($"--{prefix}images", $"--{prefix}labels", $"--{prefix}cifar");
        return this switch
        {
            { Images: null, Labels: null, Cifar.Count: 0 } => $"No images are given; allowed: {images} with {labels}, or {cifar}.",
            { Cifar.Count: > 0 } and ({ Images: not null } or { Labels: not null }) =>
                $"{cifar} stands alone: its batches hold images and labels.",
            { Images: null, Labels: not null } => $"{labels} is given without {images}.",
            { Images: not null, Labels: null } when File.Exists(Images) => $"{images} is {Images}, which needs {labels}.",
            { Images: not null } when Other(Images) is { } problem => $"{images} is {Images}; {problem}.",
            { Labels: not null } when RegularFile.Problem(Labels) is { } problem => $"{labels} is {Labels}; {problem}.",
            _ => Cifar.FirstOrDefault(path => Other(path) is not null) is { } missing ? $"{cifar} is {missing}; {Other(missing)}." : null,
        };
    }

    /// <summary>What is wrong with a path to a file or to a folder of files; null if it is one.</summary>
    static string? Other(string path) => Directory.Exists(path) ? null
        : Path.Exists(path) ? RegularFile.Problem(path)
        : "there is no such file or folder";

    /// <summary>Reads all of it.</summary>
    /// <param name="training">Which batches of a CIFAR-10 folder: those for training or the one for testing.</param>
    /// <exception cref="InvalidDataException">A damaged file: says which and why.</exception>
    public ImageSet Read(bool training) => this switch
    {
        { Cifar.Count: > 0 } => Cifar10.Read([.. Cifar.SelectMany(path => Cifar10.Files(path, training))]),
        { Images: { } images } when Directory.Exists(images) => PngFolder.Read(images, Labels),
        _ => Idx.Read(Images!, Labels!),
    };
}
