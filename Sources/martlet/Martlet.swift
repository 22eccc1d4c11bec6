import ArgumentParser
import MartletPlatform

/// The root of all commands.
struct Martlet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "martlet",
        abstract: "From a table to a prediction service that watches itself.",
        discussion: """
            A project is declared in martlet.yaml. Its state lives in .martlet beside that file.

            EXAMPLES
              martlet check                       say what is wrong with the project, with line and column
              martlet run                         make what is stale: snapshot, features, model, gate, release
              martlet run --explain               say why each step is fresh or stale, and run nothing
              martlet runs                        say what runs did; also: martlet logs STEP, martlet retry
              martlet deploy price                let the newest release answer
              martlet up                          run the project and serve it on 127.0.0.1:8080
              martlet history price --at 2026-11-21T14:03:00Z

            EXIT CODES
              0 done   3 the gate refuses   64 wrong usage   65 wrong data   66 not there   69 not available now
              70 internal   74 disk   75 another process holds the home   78 wrong project file
            """,
        version: "martlet \(Platform.version)",
        subcommands: [
            Check.self, Run.self, Runs.self, Logs.self, Retry.self, Backfill.self, Reproduce.self, Schedules.self, Cost.self,
            Lineage.self, Cache.self, Export.self, StepCommand.self, Up.self, Deploy.self, Rollback.self, History.self,
            Delivery.self, Score.self, Query.self, Replay.self, Monitor.self, Compact.self, Serve.self, Precision.self, Users.self,
            Tokens.self, Collect.self, Import.self,
        ]
    )
}

/// What every command about a project takes.
struct ProjectOptions: ParsableArguments {
    @Option(
        name: [.short, .customLong("project")], help: ArgumentHelp("The project file.", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var projectFile = "martlet.yaml"

    @Option(
        help: ArgumentHelp(
            "The folder of the project's state; by default $MARTLET_HOME, else .martlet beside the project file.", valueName: "folder"),
        completion: .directory
    )
    var home: String?

    @Flag(help: "Print JSON for machines.")
    var json = false
}

/// A command about a project.
protocol ProjectCommand: ParsableCommand {
    var options: ProjectOptions { get }
}
