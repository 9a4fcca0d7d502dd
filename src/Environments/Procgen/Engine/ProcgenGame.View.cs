namespace RL.Environments;

/// <summary>What a game says about how it looks; <see cref="Renderer"/> does the drawing.</summary>
abstract partial class ProcgenGame
{
    /// <summary>Whether the view follows the agent; some games do not leave it to the option.</summary>
    public virtual bool IsCentred(bool option) => option;

    /// <summary>Width of a centred view in cells.</summary>
    public virtual float Visibility => 16;

    /// <summary>Centre of a centred view.</summary>
    public virtual (float X, float Y) ViewCentre => (Agent.X, Agent.Y);

    /// <summary>The agent's velocity tells something.</summary>
    public virtual bool HasUsefulVelocity => true;

    /// <summary>The type whose picture is shown for <paramref name="image"/>, or <see cref="Nothing"/>.</summary>
    public virtual int Picture(int image) => image;

    /// <summary>The look of a cell.</summary>
    public virtual int ThemeOf(int cell) => 0;

    /// <summary>The type has its looks even if themes are restricted: they are no decoration.</summary>
    public virtual bool KeepsThemes(int image) => false;

    /// <summary>Width over height of the tiles that an entity's picture is repeated in along its width; 0 if it is not.</summary>
    public virtual float TileAspect(int type) => 0;

    /// <summary>The area of a picture that does not fill its entity's box exactly.</summary>
    public virtual PixelArea Adjust(int picture, PixelArea area) => area;
}
