using System.Net;

namespace RL.Dashboard;

/// <summary>Where the dashboard is served, and to whom.</summary>
/// <param name="Folder">What is below it is shown.</param>
/// <param name="Address">Of this machine; anything but a loopback address needs the token for reading too.</param>
/// <param name="Port">0: any that is free.</param>
/// <param name="Token">Whoever knows it may stop runs; at least 16 characters.</param>
sealed record DashboardOptions(string Folder, IPAddress Address, int Port, string Token)
{
    public const int ShortestToken = 16;

    /// <summary>Whether only this machine can connect.</summary>
    public bool IsLocal => IPAddress.IsLoopback(Address);
}
