using System.Runtime.CompilerServices;
using TorchSharp;

namespace RL.InputOpt;

/// <summary>
/// A differentiable number o(y) per problem made of a network's outputs y [B×m], with its gradient in closed form. Those below are the
/// usual ones; derive another from this.
/// </summary>
public abstract record Score
{
    /// <summary>o(y) [B].</summary>
    public abstract torch.Tensor Value(torch.Tensor outputs);

    /// <summary>∂o/∂y [B×m].</summary>
    public abstract torch.Tensor Gradient(torch.Tensor outputs);

    /// <summary>Whether o(y) = w·y, so that its gradient is the same everywhere.</summary>
    internal virtual bool IsLinear => false;

    /// <summary>Numbers of the score's own, which outputs are combined with, and their name; null if it has none.</summary>
    internal virtual (string Name, torch.Tensor Tensor)? Numbers => null;

    /// <summary>This score for B·S rows: the S starts of the first problem, then those of the second, ….</summary>
    public abstract Score Repeat(long starts);

    /// <summary>What a score has per problem [B×…], for B·S rows: each row S times in a row.</summary>
    protected static torch.Tensor RepeatRows(torch.Tensor perProblem, long starts) => Rows.Repeat(perProblem, starts);

    /// <summary>Checks that the score can be taken of m outputs of B problems.</summary>
    /// <exception cref="ArgumentException">It cannot.</exception>
    public abstract void ThrowUnlessFits(long problems, long outputs);

    /// <summary>The only output: o(y) = y₁.</summary>
    public static Score Output() => new IdentityScore();

    /// <summary>A weighted sum of the outputs: o(y) = w·y, weights [m] or [B×m].</summary>
    public static Score Weighted(torch.Tensor weights) => new WeightedScore(Given(weights));

    /// <summary>
    /// Cross-entropy of labels [B] (int64): growing it drives each problem away from its label (untargeted attack).
    /// </summary>
    public static Score AwayFrom(torch.Tensor labels) => new CrossEntropyScore(Given(labels), 1);

    /// <summary>
    /// Minus the cross-entropy of labels [B] (int64): growing it drives each problem towards its label (targeted attack).
    /// </summary>
    public static Score Towards(torch.Tensor labels) => new CrossEntropyScore(Given(labels), -1);

    /// <summary>
    /// Best other output minus the label's, labels [B] (int64): positive once the label is no longer the largest.
    /// </summary>
    public static Score Margin(torch.Tensor labels) => new MarginScore(Given(labels));

    /// <summary>
    /// Difference of logits ratio (Croce and Hein 2020, eq. 6) of labels [B] (int64): −(y_label − max of the others) / (y₁ − y₃), where
    /// y₁ ≥ y₂ ≥ y₃ are the largest outputs: a margin that does not change when all outputs are scaled or shifted.
    /// </summary>
    public static Score Dlr(torch.Tensor labels) => new DlrScore(Given(labels));

    /// <summary>Minus the squared distance to targets [B×m] or [m]: growing it brings the outputs nearer.</summary>
    public static Score SquaredDistance(torch.Tensor targets) => new SquaredDistanceScore(Given(targets));

    static torch.Tensor Given(torch.Tensor numbers, [CallerArgumentExpression(nameof(numbers))] string? name = null) =>
        numbers ?? throw new ArgumentNullException(name);

    static void ThrowUnlessLabels(torch.Tensor labels, long problems, long outputs)
    {
        if (labels.dim() != 1 || labels.shape[0] != problems || labels.dtype != torch.ScalarType.Int64)
        {
            throw new ArgumentException(
                $"Labels are {labels.dtype} {labels.ShapeText()}; allowed for {problems} problems: Int64 [{problems}].");
        }
        var (low, high) = (labels.min().ToInt64(), labels.max().ToInt64());
        if (low < 0 || high >= outputs)
        {
            throw new ArgumentException($"Labels run from {low} to {high}; allowed for {outputs} outputs: 0 to {outputs - 1}.");
        }
    }

    /// <summary>[B×m], 1 at each problem's label.</summary>
    static torch.Tensor OneHot(torch.Tensor labels, torch.Tensor outputs)
    {
        var column = labels.unsqueeze(1);
        return torch.zeros_like(outputs).scatter_(1, column, torch.ones_like(column, dtype: outputs.dtype));
    }

    /// <summary>[B], the output with each problem's number: a product with <see cref="OneHot"/> would be NaN beside a masked output, −∞.</summary>
    static torch.Tensor Chosen(torch.Tensor outputs, torch.Tensor numbers) => outputs.gather(1, numbers.unsqueeze(1)).squeeze(1);

    static void ThrowUnlessPerOutput(string what, torch.Tensor tensor, long problems, long outputs)
    {
        var shape = tensor.shape;
        if (shape.Length is not (1 or 2) || shape[^1] != outputs || (shape.Length == 2 && shape[0] != problems))
        {
            throw new ArgumentException(
                $"{what} have shape {tensor.ShapeText()}; allowed: [{outputs}] or [{problems}×{outputs}].");
        }
    }

    sealed record IdentityScore : Score
    {
        internal override bool IsLinear => true;

        public override Score Repeat(long starts) => this;

        public override torch.Tensor Value(torch.Tensor outputs) => outputs.squeeze(1);

        public override torch.Tensor Gradient(torch.Tensor outputs) => torch.ones_like(outputs);

        public override void ThrowUnlessFits(long problems, long outputs)
        {
            if (outputs != 1)
            {
                throw new ArgumentException(
                    $"The network has {outputs} outputs; Score.Output takes 1. Use Weighted, AwayFrom, Towards or Margin.");
            }
        }
    }

    sealed record WeightedScore(torch.Tensor Weights) : Score
    {
        internal override bool IsLinear => true;

        internal override (string Name, torch.Tensor Tensor)? Numbers => ("Score weights", Weights);

        public override torch.Tensor Value(torch.Tensor outputs) => (outputs * Weights).sum(1);

        public override torch.Tensor Gradient(torch.Tensor outputs) => torch.zeros_like(outputs) + Weights;

        public override Score Repeat(long starts) => new WeightedScore(Rows.RepeatIfPerProblem(Weights, 1, starts));

        public override void ThrowUnlessFits(long problems, long outputs) =>
            ThrowUnlessPerOutput("Score weights", Weights, problems, outputs);
    }

    /// <summary>o(y) = sign·CE(y, label), ∂CE/∂y = softmax(y) − 1[label].</summary>
    sealed record CrossEntropyScore(torch.Tensor Labels, int Sign) : Score
    {
        public override torch.Tensor Value(torch.Tensor outputs) =>
            outputs.log_softmax(1).gather(1, Labels.unsqueeze(1)).squeeze(1) * -Sign;

        public override torch.Tensor Gradient(torch.Tensor outputs)
        {
            // At the label −Σ of the others, not p − 1: where the network is certain the difference would be rounding.
            var own = OneHot(Labels, outputs);
            var others = outputs.softmax(1) * (1 - own);
            return (others - (own * others.sum(1, keepdim: true))) * Sign;
        }

        public override Score Repeat(long starts) => this with { Labels = Rows.Repeat(Labels, starts) };

        public override void ThrowUnlessFits(long problems, long outputs) => ThrowUnlessLabels(Labels, problems, outputs);
    }

    /// <summary>o(y) = max over j ≠ label of yⱼ − y_label.</summary>
    sealed record MarginScore(torch.Tensor Labels) : Score
    {
        public override torch.Tensor Value(torch.Tensor outputs) => Chosen(outputs, BestOther(outputs)) - Chosen(outputs, Labels);

        public override torch.Tensor Gradient(torch.Tensor outputs) =>
            OneHot(BestOther(outputs), outputs) - OneHot(Labels, outputs);

        torch.Tensor BestOther(torch.Tensor outputs) =>
            outputs.masked_fill(OneHot(Labels, outputs).gt(0), double.NegativeInfinity).argmax(1);

        public override Score Repeat(long starts) => new MarginScore(Rows.Repeat(Labels, starts));

        public override void ThrowUnlessFits(long problems, long outputs)
        {
            if (outputs < 2)
            {
                throw new ArgumentException($"A margin needs at least 2 outputs; the network has {outputs}.");
            }
            ThrowUnlessLabels(Labels, problems, outputs);
        }
    }

    /// <summary>o(y) = −(y_label − y_other) / (y₁ − y₃), other the largest but the label.</summary>
    sealed record DlrScore(torch.Tensor Labels) : Score
    {
        public override torch.Tensor Value(torch.Tensor outputs)
        {
            var (margin, spread, _, _) = Parts(outputs);
            return margin / spread;
        }

        /// <summary>∂o/∂y = ∂margin/spread − margin·∂spread/spread².</summary>
        public override torch.Tensor Gradient(torch.Tensor outputs)
        {
            var (margin, spread, onMargin, onSpread) = Parts(outputs);
            var scale = spread.unsqueeze(1);
            return (onMargin / scale) - (onSpread * margin.unsqueeze(1) / (scale * scale));
        }

        public override Score Repeat(long starts) => new DlrScore(Rows.Repeat(Labels, starts));

        public override void ThrowUnlessFits(long problems, long outputs)
        {
            if (outputs < 3)
            {
                throw new ArgumentException($"A difference of logits ratio needs at least 3 outputs; the network has {outputs}.");
            }
            ThrowUnlessLabels(Labels, problems, outputs);
        }

        /// <summary>Margin [B] and y₁ − y₃ [B] with their gradients [B×m].</summary>
        (torch.Tensor Margin, torch.Tensor Spread, torch.Tensor OnMargin, torch.Tensor OnSpread) Parts(torch.Tensor outputs)
        {
            var margin = new MarginScore(Labels);
            var largest = outputs.argmax(1);
            var first = OneHot(largest, outputs);
            var second = OneHot(Without(outputs, first).argmax(1), outputs);
            var third = Without(outputs, first + second).argmax(1);
            var onSpread = first - OneHot(third, outputs);
            // Three equal outputs have no spread: their ratio is 0/0, which counts as 0.
            var spread = (Chosen(outputs, largest) - Chosen(outputs, third)).clamp(min: 1e-12);
            return (margin.Value(outputs), spread, margin.Gradient(outputs), onSpread);
        }

        static torch.Tensor Without(torch.Tensor outputs, torch.Tensor taken) =>
            outputs.masked_fill(taken.gt(0), double.NegativeInfinity);
    }

    /// <summary>o(y) = −‖y − target‖².</summary>
    sealed record SquaredDistanceScore(torch.Tensor Targets) : Score
    {
        internal override (string Name, torch.Tensor Tensor)? Numbers => ("Targets", Targets);

        public override torch.Tensor Value(torch.Tensor outputs) => (outputs - Targets).square().sum(1).neg();

        public override torch.Tensor Gradient(torch.Tensor outputs) => (outputs - Targets) * -2;

        public override Score Repeat(long starts) => new SquaredDistanceScore(Rows.RepeatIfPerProblem(Targets, 1, starts));

        public override void ThrowUnlessFits(long problems, long outputs) =>
            ThrowUnlessPerOutput("Targets", Targets, problems, outputs);
    }
}
