using System.ComponentModel.DataAnnotations;
using RL.InputOpt;

namespace RL.Studies;

/// <summary>A name of <see cref="InputOptimizerCatalog"/>, or a list of them.</summary>
public sealed class OptimizerNamesAttribute() : AllowedValuesAttribute([.. InputOptimizerCatalog.Entries.Keys]);
