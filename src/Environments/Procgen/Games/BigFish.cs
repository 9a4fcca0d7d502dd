namespace RL.Environments;

/// <summary>Options of procgen:bigfish.</summary>
public sealed record BigFishOptions : ProcgenOptions
{
    internal override ProcgenTask Task => BigFish.Task;
}

/// <summary>
/// BigFish: eat the smaller fish (+1 each) and grow, keep away from the larger ones. Thirty fish complete the level (+10).
/// </summary>
sealed partial class BigFish(ProcgenOptions options) : ProcgenGame(20, 20)
{
    const int Fish = 2;
    const int Quota = 30;
    const float MinRadius = 0.25f;
    const float MaxRadius = 2;

    // Width over height of the fish, look by look.
    static readonly float[] _aspects = [78f / 46, 112f / 88, 108f / 58];

    int _eaten;

    public static ProcgenTask Task { get; } = new("bigfish", "eat the smaller fish", 6000)
    {
        Create = options => new BigFish(options),
        Paint = Paint,
        PaintBackdrop = PaintBackdrop,
    };

    public override int Backgrounds => 7;

    float StartRadius => options.DistributionMode == DistributionMode.Easy ? 1 : 0.5f;

    public override bool IsCentred(bool option) => false;

    public override void Save(BinaryWriter writer)
    {
        base.Save(writer);
        writer.Write(_eaten);
    }

    public override void Load(BinaryReader reader)
    {
        base.Load(reader);
        _eaten = reader.ReadInt32();
    }

    protected override void MakeLevel()
    {
        _eaten = 0;
        ref var agent = ref Agent;
        (agent.Rx, agent.Ry) = (StartRadius, StartRadius);
        agent.Y = 1 + agent.Ry;
    }

    protected override void HitAgent(ref Entity other)
    {
        ref var agent = ref Agent;
        if (other.Rx > agent.Rx)
        {
            IsDone = true;
            return;
        }

        Reward += 1;
        other.IsErased = true;
        _eaten++;
        var growth = (MaxRadius - StartRadius) / Quota;
        agent.Rx += growth;
        agent.Ry += growth;
    }

    protected override void AfterStep(int key)
    {
        if (Random.NextInt(10) == 1)
        {
            AddFish();
        }

        if (_eaten >= Quota)
        {
            Reward += 10;
            IsDone = IsCompleted = true;
        }

        Agent.IsMirrored = ActionX < 0 || (ActionX == 0 && Agent.IsMirrored);
    }

    // A fish that comes in from one side and leaves at the other.
    void AddFish()
    {
        var radius = (float)(((MaxRadius - MinRadius) * Math.Pow(Random.NextSingle(), 1.4)) + MinRadius);
        var y = Random.NextSingle() * (Height - (2 * radius));
        var movesRight = Random.NextSingle() < 0.5;
        var speed = (float)((0.15 + (Random.NextSingle() * 0.25)) * (movesRight ? 1 : -1));
        ref var fish = ref Entities.Add(new Entity(Fish, movesRight ? -radius : Width + radius, y, speed, 0, radius, radius));
        fish.Theme = Random.NextInt(_aspects.Length);
        // With restricted themes all of them look like the first, and are as large.
        fish.Ry = fish.Rx / _aspects[options.RestrictThemes ? 0 : fish.Theme];
        fish.IsMirrored = !movesRight;
    }
}
