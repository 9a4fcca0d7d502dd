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
            { Images: not null } when !Path.Exists(Images) => $"{images} is {Images}; there is no such file or folder.",
            { Labels: not null } when !File.Exists(Labels) => $"{labels} is {Labels}; there is no such file.",
            _ => Cifar.FirstOrDefault(path => !Path.Exists(path)) is { } missing
                ? $"{cifar} is {missing}; there is no such file or folder."
                : null,
        };
    }

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
