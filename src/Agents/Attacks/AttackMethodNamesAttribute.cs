using System.ComponentModel.DataAnnotations;

namespace RL.Agents;

/// <summary>A name of <see cref="AttackMethods"/>, or a list of them.</summary>
public sealed class AttackMethodNamesAttribute() : AllowedValuesAttribute([.. AttackMethods.Names]);
