using RL.Environments;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>
/// What a critic promises of refined actions against what they gain. Were Q the action value of the policy μ, the refined policy would gain, from
/// a first state on (Kakade and Langford 2002, performance difference lemma),
/// <code>J(refined) − J(μ) = E Σ γᵗ (Q(sₜ, a*ₜ) − Q(sₜ, μ(sₜ)))   along the refined policy's episodes</code>
/// A promise that is not kept is the critic's error where the maximiser goes.
/// </summary>
/// <param name="Plain">The episodes of μ.</param>
/// <param name="Refined">The episodes of the refined policy, from the same first states.</param>
/// <param name="Promised">Σ γᵗ (Q(sₜ, a*ₜ) − Q(sₜ, μ(sₜ))), of each episode.</param>
/// <param name="Gained">Σ γᵗ rₜ refined minus that of μ, of each episode.</param>
/// <param name="Overestimation">Q₁(s₀, μ(s₀)) minus Σ γᵗ rₜ of μ, of each episode: by how much the critic over-estimates its own policy.</param>
public sealed record RefinementAudit(
    EvaluationResult Plain, EvaluationResult Refined, IReadOnlyList<double> Promised, IReadOnlyList<double> Gained,
    IReadOnlyList<double> Overestimation)
{
    /// <summary>Plays every episode twice.</summary>
    /// <param name="agent">Plays; an <see cref="IAttackable"/> too.</param>
    /// <param name="environment">Is played: one copy.</param>
    /// <param name="episodes">Played with and without refinement.</param>
    /// <param name="seed">Of the first states.</param>
    /// <param name="discount">γ.</param>
    /// <exception cref="ArgumentException">There are several copies, or the agent has no network of its policy and critic.</exception>
    public static RefinementAudit Run(IRefinable agent, IVectorEnvironment environment, int episodes, ulong seed, double discount)
    {
        ArgumentNullException.ThrowIfNull(agent);
        ArgumentNullException.ThrowIfNull(environment);
        if (environment.Count != 1 || agent is not IAttackable { PolicyNetwork: { Critic: { } critic } policy })
        {
            throw new ArgumentException($"There are {environment.Count} copies; allowed: 1, and an agent with a policy network and a critic.");
        }

        var plain = new Play(environment, discount);
        var refined = new Play(environment, discount);
        var values = new List<double>();
        var plainResult = plain.Run(episodes, seed, (observations, actions) =>
        {
            var inputs = policy.Inputs(observations);
            policy.Act(inputs, actions);
            if (plain.IsAtStart)
            {
                using var noGrad = no_grad();
                values.Add(critic.Forward(cat([inputs, ActionHeads.Action(policy.Network.Forward(inputs), policy.Head)], 1)).ToSingle());
            }

            return 0;
        });
        var refinedResult = refined.Run(
            episodes, seed, (observations, actions) => agent.ActRefined(observations, actions, [true]));
        return new(
            plainResult, refinedResult, refined.Gains, [.. refined.Returns.Zip(plain.Returns, (with, without) => with - without)],
            [.. values.Zip(plain.Returns, (value, gained) => value - gained)]);
    }

    /// <summary>Episodes of one copy, and their discounted sums.</summary>
    sealed class Play(IVectorEnvironment environment, double discount)
    {
        double _factor = 1, _return, _gain;

        /// <summary>Σ γᵗ rₜ of each episode.</summary>
        public List<double> Returns { get; } = [];

        /// <summary>Σ γᵗ of what acting returned, of each episode.</summary>
        public List<double> Gains { get; } = [];

        /// <summary>Whether the next action is an episode's first.</summary>
        public bool IsAtStart { get; private set; } = true;

        public EvaluationResult Run(int episodes, ulong seed, Func<SpaceBuffer, SpaceBuffer, double> act) => Evaluation.Run(
            (observations, actions, _) =>
            {
                using var scope = NewDisposeScope();
                _gain += _factor * act(observations, actions);
            },
            environment, episodes, seed, 0, Observe);

        void Observe(StepOutcome? outcome)
        {
            if (outcome is null)
            {
                return;
            }

            _return += _factor * outcome.Rewards[0];
            _factor *= discount;
            IsAtStart = outcome.IsFinished(0);
            if (outcome.IsFinished(0))
            {
                Returns.Add(_return);
                Gains.Add(_gain);
                (_factor, _return, _gain) = (1, 0, 0);
            }
        }
    }
}
