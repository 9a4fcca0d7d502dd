return RL.Host.CommandLine.Run(args, RL.Host.HostConsole.System);
