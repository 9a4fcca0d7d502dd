using RL.Agents;
using RL.Environments;
using RL.Studies;
using static TorchSharp.torch;

namespace RL.Host;

/// <summary>Frames of clean play and what attacks make of them, as rows of a contact sheet.</summary>
/// <param name="Rows">Clean, then each attack's change and its frames.</param>
sealed record AttackPicture(IReadOnlyList<SheetRow> Rows)
{
    public void Save(string path, string title) => new ContactSheet(title, [], Rows) { Zoom = 2 }.Save(path);
}

/// <summary>Collects frames of clean play, one from each of several copies and times, to show attacks on.</summary>
sealed class AttackFrames(IPolicyNetwork policy, IVectorEnvironment environment)
{
    const int MostFrames = 8, FirstStep = 5, Between = 5;

    /// <summary>By how much changes are magnified.</summary>
    const int Magnification = 20;

    readonly List<Tensor> _frames = [];
    readonly bool _areImages = policy.Network.InputShape is [1 or 3, _, _];
    int _step;

    /// <summary>Looks at what the environment shows now.</summary>
    public void Shown()
    {
        if (_areImages && _frames.Count < MostFrames && _step++ == FirstStep + (_frames.Count * Between))
        {
            _frames.Add(policy.Inputs(environment.Observations)[_frames.Count % environment.Count].clone());
        }
    }

    /// <summary>The frames under each attack with the largest ε; null if there are none.</summary>
    public AttackPicture? Attack(ObservationUnits units, IReadOnlyList<PlannedAttack> plan)
    {
        if (_frames.Count == 0)
        {
            return null;
        }

        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var clean = stack(_frames);
        var before = Captions(clean);
        var rows = new List<SheetRow> { new("clean", [.. before.Select((action, i) => new SheetCell(ByteImage.FromTensor(clean[i]), action))]) };
        var largest = plan.Max(attack => attack.Options.Epsilon);
        foreach (var options in plan.Select(attack => attack.Options).Where(options => options.Epsilon == largest).Distinct())
        {
            using var attack = new ObservationAttack(policy, units, options);
            var attacked = attack.Perturb(clean).Inputs;
            var after = Captions(attacked);
            var change = ((attacked - clean) * Magnification) + 0.5;
            var passes = options.Passes > 0 ? $" {options.Passes}" : "";
            rows.Add(new($"change ×{Magnification}", [.. before.Select((_, i) => new SheetCell(ByteImage.FromTensor(change[i])))]));
            rows.Add(new($"{options.Method}{passes}", [.. before.Select((action, i) => new SheetCell(
                ByteImage.FromTensor(attacked[i]), $"{action} → {after[i]}", action != after[i]))]));
        }

        return new(rows);
    }

    /// <summary>The greedy action of each frame, as text.</summary>
    string[] Captions(Tensor inputs)
    {
        var actions = new SpaceBuffer(environment.ActionSpace, (int)inputs.shape[0]);
        policy.Act(inputs, actions);
        return [.. Enumerable.Range(0, actions.Count).Select(row => string.Join(
            ' ', Enumerable.Range(0, actions.Space.Size).Select(i => actions.Get(row, i).ToString("0.#", System.Globalization.CultureInfo.InvariantCulture))))];
    }
}
