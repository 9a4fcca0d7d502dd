namespace RL.Certification;

/// <summary>
/// The nodes that rows pass on their way from a node to the input, and how much of each a row can touch: the whole node, or of an image a window
/// that moves with the row's pixel. A neuron of a convolution has coefficients on its receptive field only.
/// </summary>
sealed class WalkPlan
{
    readonly NetworkGraph _graph;
    readonly Field?[] _fields;

    /// <param name="graph">The network.</param>
    /// <param name="start">Where rows begin.</param>
    /// <param name="isWhole">Whether they have coefficients on all of that node, rather than on one value of it each.</param>
    public WalkPlan(NetworkGraph graph, int start, bool isWhole)
    {
        (_graph, Start, _fields) = (graph, start, new Field?[start + 1]);
        _fields[start] = isWhole || graph.Nodes[start] is { Height: 1, Width: 1 } ? Field.Whole : new(1, 1, 1, 1, 0, 0);
        for (var i = start; i > 0; i--)
        {
            if (_fields[i] is { } field)
            {
                var node = graph.Nodes[i];
                foreach (var parent in node.Parents)
                {
                    _fields[parent] = Merge(_fields[parent], Below(node, field), graph.Nodes[parent]);
                }
            }
        }
    }

    public int Start { get; }

    /// <summary>Whether rows meet the node on their way.</summary>
    public bool Passes(int index) => index <= Start && _fields[index] is not null;

    /// <summary>Whether they may have coefficients on all of it.</summary>
    public bool IsWhole(int index) => _fields[index]!.Value.IsWhole;

    /// <summary>Coefficients of a row on a node.</summary>
    public int Size(int index)
    {
        var (field, node) = (_fields[index]!.Value, _graph.Nodes[index]);
        return field.IsWhole ? node.Size : field.Height * field.Width * node.Channels;
    }

    /// <summary>The window of the row that begins at a pixel.</summary>
    public Window At(int index, int y, int x)
    {
        var (field, node) = (_fields[index]!.Value, _graph.Nodes[index]);
        return field.IsWhole
            ? new(node.Height, node.Width, 0, 0)
            : new(field.Height, field.Width, (y * field.StepY) + field.Top, (x * field.StepX) + field.Left);
    }

    static Field Below(GraphNode node, Field field) => node.Kind switch
    {
        _ when field.IsWhole => Field.Whole,
        NodeKind.Linear or NodeKind.Reshape => Field.Whole,
        NodeKind.Convolution or NodeKind.MaxPool => new(
            ((field.Height - 1) * node.Kernel.StrideY) + node.Kernel.Height, ((field.Width - 1) * node.Kernel.StrideX) + node.Kernel.Width,
            field.StepY * node.Kernel.StrideY, field.StepX * node.Kernel.StrideX,
            (field.Top * node.Kernel.StrideY) - node.Kernel.PaddingY, (field.Left * node.Kernel.StrideX) - node.Kernel.PaddingX),
        _ => field,
    };

    /// <summary>What holds both windows; the node, where that is no larger.</summary>
    static Field Merge(Field? known, Field added, GraphNode node)
    {
        if (added.IsWhole || known is { IsWhole: true })
        {
            return Field.Whole;
        }
        var merged = added;
        if (known is { } other)
        {
            var (top, left) = (Math.Min(added.Top, other.Top), Math.Min(added.Left, other.Left));
            merged = added with
            {
                Top = top,
                Left = left,
                Height = Math.Max(added.Top + added.Height, other.Top + other.Height) - top,
                Width = Math.Max(added.Left + added.Width, other.Left + other.Width) - left,
            };
        }
        return merged.Height >= node.Height && merged.Width >= node.Width ? Field.Whole : merged;
    }

    /// <summary>A window: its size, by how much it moves with the row's pixel, and where it is for pixel 0. Height 0 is the whole node.</summary>
    readonly record struct Field(int Height, int Width, int StepY, int StepX, int Top, int Left)
    {
        public static Field Whole => default;

        public bool IsWhole => Height == 0;
    }
}
