import ArgumentParser

/// What of the benchmarks must run inside a process; `scripts/bench` calls it.
@main struct MartletBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "martlet-bench", abstract: "Measure Martlet's engines beside others, in one process and in turns.",
        subcommands: [ForestCommand.self, DecimalsCommand.self, RunsCommand.self])
}
