namespace RL.Certification;

/// <summary>Counts the different affine functions that the outputs are on cells; what floats do not tell apart is compared in whole numbers.</summary>
static class AffinePieces
{
    public static int Count(IReadOnlyList<SliceCell> cells, int outputs)
    {
        // Only functions whose first coefficient is nearly the same can be equal.
        var sorted = cells.OrderBy(cell => cell.Outputs.Coefficients[0][0]).ToArray();
        var (known, largest) = (new List<SliceCell>(), cells.Max(cell => cell.Outputs.Errors[0]));
        foreach (var cell in sorted)
        {
            var isNew = true;
            for (var i = known.Count - 1; isNew && i >= 0; i--)
            {
                var distance = cell.Outputs.Coefficients[0][0] - known[i].Outputs.Coefficients[0][0];
                if (distance > 1.01 * (largest + cell.Outputs.Errors[0]))
                {
                    break;
                }
                isNew = !(MayBeEqual(cell.Outputs, known[i].Outputs, outputs) && AreEqual(cell, known[i], outputs));
            }
            if (isNew)
            {
                known.Add(cell);
            }
        }
        return known.Count;
    }

    static bool MayBeEqual(Forms a, Forms b, int outputs)
    {
        for (var k = 0; k < outputs; k++)
        {
            var room = 1.01 * (a.Errors[k] + b.Errors[k]);
            for (var i = 0; i < a.Coefficients.Length; i++)
            {
                if (Math.Abs(a.Coefficients[i][k] - b.Coefficients[i][k]) > room)
                {
                    return false;
                }
            }
        }
        return true;
    }

    static bool AreEqual(SliceCell a, SliceCell b, int outputs)
    {
        for (var k = 0; k < outputs; k++)
        {
            if (!a.Exact.Value.Form(k).AsSpan().SequenceEqual(b.Exact.Value.Form(k)))
            {
                return false;
            }
        }
        return true;
    }
}
