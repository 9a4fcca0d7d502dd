using System.Globalization;
using RL.Agents;
using RL.Drawing;
using RL.Environments;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Studies;

/// <summary>
/// Observations of clean play, of all copies in turn. Methods are compared on them too: in play each meets states of its own
/// making.
/// </summary>
sealed class AttackSample(IPolicyNetwork policy, IVectorEnvironment environment)
{
    const int Most = 256, Between = 3;

    /// <summary>Frames on the sheet.</summary>
    const int Frames = 8;

    /// <summary>By how much changes are magnified.</summary>
    const int Magnification = 20;

    readonly List<Tensor> _inputs = [];
    int _step;

    /// <summary>Looks at what the environment shows now.</summary>
    public void Shown()
    {
        if (_inputs.Count < Most && _step++ % Between == 0)
        {
            _inputs.Add(policy.Inputs(environment.Observations)[_inputs.Count % environment.Count].clone());
        }
    }

    /// <summary>Mean of loss − clean loss that an attack reaches on the sample.</summary>
    public double Gain(ObservationUnits units, ObservationAttackOptions options)
    {
        using var scope = NewDisposeScope();
        using var attack = new ObservationAttack(policy, units, options);
        var attacked = attack.Perturb(stack(_inputs));
        return (attacked.Loss - attacked.CleanLoss).mean().ToDouble();
    }

    /// <summary>Share of the sample in which no perturbation up to ε changes the action, by CROWN.</summary>
    public double Certified(ObservationUnits units, double epsilon, TimeProvider clock)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var options = new CertificationOptions();
        var states = new CertifiedStates(policy, new PolicyBounds(policy, options, clock), options, units, stack(_inputs), seed: 0).Certify(epsilon, CancellationToken.None).States;
        return states.Count(state => state.Verdict == StateVerdict.Certified) / (double)states.Count;
    }

    /// <summary>
    /// Some of the sample, if it is images: clean, then under each attack the change and the frame. Below stands the greedy
    /// action, in red where it is another one.
    /// </summary>
    public ContactSheet? Draw(ObservationUnits units, IEnumerable<ObservationAttackOptions> attacks, string title)
    {
        if (policy.Network.InputShape is not [1 or 3, _, _])
        {
            return null;
        }

        using var scope = NewDisposeScope();
        var count = Math.Min(Frames, _inputs.Count);
        // Spread over time, and over the copies.
        var clean = stack(Enumerable.Range(0, count).Select(i => _inputs[((i * _inputs.Count / count) + i) % _inputs.Count]));
        var before = Actions(clean);
        SheetRow Row(string label, Tensor images, Func<int, string> caption, Func<int, bool> standsOut) => new(
            label, [.. before.Select((_, i) => new SheetCell(ByteImage.FromTensor(images[i]), caption(i), standsOut(i)))]);
        var rows = new List<SheetRow> { Row("clean", clean, i => before[i], _ => false) };
        foreach (var options in attacks)
        {
            using var attack = new ObservationAttack(policy, units, options);
            var attacked = attack.Perturb(clean).Inputs;
            var after = Actions(attacked);
            rows.Add(Row($"change ×{Magnification}", ((attacked - clean) * Magnification) + 0.5, _ => "", _ => false));
            rows.Add(Row(
                $"{options.Method} {(options.Passes > 0 ? options.Passes : "")}",
                attacked,
                i => $"{before[i]} → {after[i]}",
                i => before[i] != after[i]));
        }

        return new ContactSheet(title, [], rows) { Zoom = 2 };
    }

    /// <summary>The greedy action for each input, as text.</summary>
    string[] Actions(Tensor inputs)
    {
        var actions = new SpaceBuffer(environment.ActionSpace, (int)inputs.shape[0]);
        policy.Act(inputs, actions);
        string Text(int row, int i) => actions.Get(row, i).ToString("0.#", CultureInfo.InvariantCulture);
        return [.. Enumerable.Range(0, actions.Count)
            .Select(row => string.Join(' ', Enumerable.Range(0, actions.Space.Size).Select(i => Text(row, i))))];
    }
}
