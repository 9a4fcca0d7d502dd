namespace RL.Environments;

/// <summary>Gymnasium's generations of the MuJoCo tasks, where one class serves both.</summary>
enum TaskVersion
{
    V4,
    V5,
}
