using System.ComponentModel.DataAnnotations;
using RL.InputOpt;

namespace RL.Studies;

/// <summary>Names of optimisers, and auto.</summary>
public sealed class ClassifierMethodsAttribute() : AllowedValuesAttribute([.. InputOptimizerCatalog.Entries.Keys, ClassifierAttackOptions.Auto]);
