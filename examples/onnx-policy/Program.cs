// Plays a policy for Pendulum-v1 that `./rl export` wrote, with ONNX Runtime alone. Argument: the file.
using Microsoft.ML.OnnxRuntime;

using var session = new InferenceSession(args[0]);
using var options = new RunOptions();
Console.WriteLine($"{session.ModelMetadata.CustomMetadataMap["agent"]} on {session.ModelMetadata.CustomMetadataMap["task"]}");
var (angle, speed, total) = (Math.PI, 0.0, 0.0);
for (var step = 0; step < 200; step++)
{
    using var observation = OrtValue.CreateTensorValueFromMemory(new[] { (float)Math.Cos(angle), (float)Math.Sin(angle), (float)speed }, [1, 3]);
    using var outputs = session.Run(options, new Dictionary<string, OrtValue> { ["observation"] = observation }, ["action"]);
    double torque = outputs[0].GetTensorDataAsSpan<float>()[0];

    // The task itself: g = 10, m = l = 1, 0.05 s a step.
    total -= Math.Pow(Math.IEEERemainder(angle, 2 * Math.PI), 2) + (0.1 * speed * speed) + (0.001 * torque * torque);
    speed = Math.Clamp(speed + (((15 * Math.Sin(angle)) + (3 * torque)) * 0.05), -8, 8);
    angle += speed * 0.05;
}

Console.WriteLine($"200 steps, return {total:F3}");
