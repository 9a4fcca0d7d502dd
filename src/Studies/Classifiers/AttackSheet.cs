using System.Globalization;
using RL.Drawing;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Studies;

/// <summary>Attacked images as a picture: a column per image; clean, then each method's change and what came of it.</summary>
public static class AttackSheet
{
    /// <summary>The first images of a comparison, attacked with the largest budget.</summary>
    /// <param name="attack">The comparison.</param>
    /// <param name="classes">Names of the classes.</param>
    /// <param name="title">Above the sheet.</param>
    /// <param name="columns">Images to show at most.</param>
    public static ContactSheet Create(
        ClassifierAttack attack, IReadOnlyList<string> classes, string title, int columns = 10)
    {
        using var scope = NewDisposeScope();
        var count = Math.Min(columns, attack.Clean.Count);
        var labels = attack.Clean.Labels.data<long>().ToArray();
        ByteImage Image(Tensor images, int i) => ByteImage.FromTensor(images[i]);

        var rows = new List<SheetRow>
        {
            new("clean", [.. Enumerable.Range(0, count).Select(i => new SheetCell(Image(attack.Clean.Images, i), classes[(int)labels[i]]))]),
        };
        var budget = attack.Results.Max(result => result.Passes);
        foreach (var result in attack.Results.Where(result => result.Passes == budget))
        {
            var change = result.Attacked - attack.Clean.Images;
            var largest = Math.Max(change.abs().max().ToDouble(), 1e-12);
            var magnified = (change / (2 * largest)) + 0.5;
            var factor = (0.5 / largest).ToString("0.#", CultureInfo.InvariantCulture);
            var predicted = result.Predicted.data<long>().ToArray();
            rows.Add(new($"change ×{factor}", [.. Enumerable.Range(0, count).Select(i => new SheetCell(Image(magnified, i)))]));
            rows.Add(new(result.Method, [.. Enumerable.Range(0, count).Select(i => new SheetCell(
                Image(result.Attacked, i),
                $"{classes[(int)labels[i]]} → {classes[(int)predicted[i]]}",
                predicted[i] != labels[i]))]));
        }
        return new(title, [], rows) { Zoom = attack.Clean.Shape[1] > 48 ? 1 : 2 };
    }
}
