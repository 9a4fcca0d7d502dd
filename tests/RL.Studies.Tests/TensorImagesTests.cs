using RL.Drawing;
using TorchSharp;

namespace RL.Studies.Tests;

public sealed class TensorImagesTests
{
    [Fact]
    public void FromTensor_ChannelsFirst_BecomesPixelsAndIsCutToTheRange()
    {
        using var tensor = torch.tensor(new float[] { 0, 1, 0.5f, 2, -1, 0.2f }, [3, 1, 2]);

        Assert.Equal([0, 128, 0, 255, 255, 51], ByteImage.FromTensor(tensor).Pixels);
    }
}
