using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;

namespace RL.Runs.Tests;

public sealed class OptionTreeTests
{
    enum Mode
    {
        EveryStep,
        EpisodeEnd,
    }

    sealed record Inner
    {
        [Range(0, 1)] public double Probability { get; init; } = 0.25;

        [Range(0, 2, MinimumIsExclusive = true)] public double Radius { get; init; } = 1;

        public double? Limit { get; init; }
    }

    sealed record Outer : IValidatableObject
    {
        [Range(1, long.MaxValue)] public long Steps { get; init; } = 10;

        public int[] Layers { get; init; } = [256, 256];

        public Mode Mode { get; init; }

        public bool Fast { get; init; }

        public double Gravity { get; init; } = -9.81;

        [AllowedValues("none", "adr-gd")] public string Optimizer { get; init; } = "none";

        public Inner Refine { get; init; } = new();

        public long Twice => 2 * Steps;

        public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
            Fast && Steps > 1000 ? [new ValidationResult("fast needs steps of 1000 or less.")] : [];
    }

    static OptionTree Tree() => new(("agent", new Outer()), ("env", new Inner()));

    static Outer Bind(params string[] assignments)
    {
        var tree = Tree();
        foreach (var assignment in assignments)
        {
            tree.Apply(assignment);
        }

        return (Outer)tree.Bind("agent", typeof(Outer));
    }

    static string ErrorOf(params string[] assignments) => Assert.Throws<UserException>(() => Bind(assignments)).Message;

    [Theory]
    [InlineData("layers=400,300")]
    [InlineData("layers=[400, 300]")]
    [InlineData("agent.layers=[400,300]")]
    public void Apply_List_ReplacesTheDefault(string assignment) => Assert.Equal([400, 300], Bind(assignment).Layers);

    [Theory]
    [InlineData("steps=1000000")]
    [InlineData("steps=1e6")]
    public void Apply_Integer_IsReadInEitherForm(string assignment) => Assert.Equal(1_000_000, Bind(assignment).Steps);

    [Theory]
    [InlineData("gravity=1e-3", 1e-3)]
    [InlineData("gravity=1/255", 1.0 / 255)]
    [InlineData("gravity=-9", -9)]
    [InlineData("gravity=-inf", double.NegativeInfinity)]
    public void Apply_Number_IsReadInEveryForm(string assignment, double expected) =>
        Assert.Equal(expected, Bind(assignment).Gravity);

    [Fact]
    public void Apply_EveryOtherType_IsRead()
    {
        var options = Bind("mode=episode_end", "fast=true", "optimizer=adr-gd", "agent.refine.limit=0.5");

        Assert.Equal((Mode.EpisodeEnd, true, "adr-gd", 0.5), (options.Mode, options.Fast, options.Optimizer, options.Refine.Limit));
        Assert.Null(Bind("agent.refine.limit=0.5", "agent.refine.limit=null").Refine.Limit);
    }

    [Theory]
    [InlineData("refine.radius=0.5")]
    [InlineData("agent.refine.radius=0.5")]
    public void Apply_PathWithOrWithoutItsSection_IsThatPath(string assignment) => Assert.Equal(0.5, Bind(assignment).Refine.Radius);

    [Fact]
    public void Apply_NameInTwoSections_NamesBoth()
    {
        var tree = new OptionTree(("agent", new Inner()), ("env", new Inner()));
        var message = Assert.Throws<UserException>(() => tree.Apply("radius=0.5")).Message;

        Assert.Equal("radius=0.5 is ambiguous; write one of: agent.radius, env.radius.", message);
    }

    /// <summary>learning_rate must not quietly become the refinement's.</summary>
    [Fact]
    public void Apply_EndOfANestedPath_IsRefusedAndSuggested()
    {
        var tree = new OptionTree(("agent", new Outer()));
        var message = Assert.Throws<UserException>(() => tree.Apply("radius=0.5")).Message;

        Assert.StartsWith("radius=0.5: there is no option radius; did you mean refine.radius?", message);
    }

    [Fact]
    public void Apply_UnknownKey_NamesKeyValueNearestAndAllowed()
    {
        var message = ErrorOf("layrs=3");

        Assert.StartsWith("layrs=3: there is no option layrs; did you mean layers?", message);
    }

    [Fact]
    public void Apply_ComputedProperty_IsUnknown() => Assert.Contains("there is no option twice", ErrorOf("twice=3"));

    [Theory]
    [InlineData("steps=0", "agent.steps is 0; allowed: an integer, 1 or more.")]
    [InlineData("steps=1.5", "agent.steps is 1.5; allowed: an integer, 1 or more.")]
    [InlineData("steps=many", "agent.steps is many; allowed: an integer, 1 or more.")]
    [InlineData("agent.refine.probability=1.4", "agent.refine.probability is 1.4; allowed: a number from 0 to 1.")]
    [InlineData("agent.refine.radius=0", "agent.refine.radius is 0; allowed: a number, greater than 0 and 2 or less.")]
    [InlineData("agent.refine.limit=x", "agent.refine.limit is x; allowed: a number, or null.")]
    [InlineData("gravity=1/0", "agent.gravity is 1/0; allowed: a number.")]
    [InlineData("fast=1", "agent.fast is 1; allowed: true or false.")]
    [InlineData("mode=sometimes", "agent.mode is sometimes; allowed: every_step, episode_end.")]
    [InlineData("optimizer=adam", "agent.optimizer is adam; allowed: none, adr-gd.")]
    [InlineData("layers=a", "agent.layers is a; allowed: a list such as [256,256].")]
    [InlineData("steps", "'steps' is not of the form key=value.")]
    public void Apply_WrongValue_NamesKeyValueAndAllowed(string assignment, string expected) =>
        Assert.Equal(expected, ErrorOf(assignment));

    [Fact]
    public void Bind_OptionsThatContradictEachOther_AreRefused() =>
        Assert.Equal("agent: fast needs steps of 1000 or less.", ErrorOf("fast=true", "steps=1001"));

    [Fact]
    public void Apply_File_ReplacesOnlyWhatItNames()
    {
        var tree = Tree();
        tree.Apply("agent", JsonNode.Parse("""{ "layers": [64], "refine": { "radius": 0.5 } }""")!.AsObject());
        var options = (Outer)tree.Bind("agent", typeof(Outer));

        Assert.Equal([64], options.Layers);
        Assert.Equal(new Inner { Radius = 0.5 }, options.Refine);
    }

    [Theory]
    [InlineData("""{ "layer": [64] }""", "agent.layer=[64]: there is no option agent.layer; did you mean")]
    [InlineData("""{ "refine": { "radius": 3 } }""", "agent.refine.radius is 3; allowed")]
    [InlineData("""{ "refine": { "radius": "wide" } }""", "agent.refine.radius is \"wide\"; allowed")]
    [InlineData("""{ "layers": null }""", "agent.layers is null; allowed")]
    public void Apply_WrongFile_NamesKeyValueAndAllowed(string json, string expected)
    {
        var exception = Assert.Throws<UserException>(() => Tree().Apply("agent", JsonNode.Parse(json)!.AsObject()));

        Assert.StartsWith(expected, exception.Message);
    }

    [Fact]
    public void Section_OfResolvedOptions_BindsToTheSame()
    {
        var tree = Tree();
        tree.Apply("layers=1,2,3");
        tree.Apply("gravity=0.1");
        var again = Tree();
        again.Apply("agent", tree.Section("agent"));

        Assert.Equal(tree.Section("agent").ToJsonString(), again.Section("agent").ToJsonString());
    }
}
