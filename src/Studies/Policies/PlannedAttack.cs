using RL.Agents;

namespace RL.Studies;

/// <summary>One attack of a comparison.</summary>
/// <param name="EpsilonText">ε as tables show it.</param>
/// <param name="Budget">Passes as tables show them: default or a number.</param>
/// <param name="Options">The attack.</param>
public sealed record PlannedAttack(string EpsilonText, string Budget, ObservationAttackOptions Options);
