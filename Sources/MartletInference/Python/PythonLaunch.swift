import MartletCore

/// How processes with one model are started.
struct PythonLaunch: Sendable {
    /// What errors call the model.
    let name: String
    /// The interpreter of its environment.
    let python: String
    let folder: String
    let plan: JSONValue
    let configuration: PythonConfiguration

    var command: ChildProcess.Command {
        ChildProcess.Command(
            program: python, arguments: ["-I", "-u", "-c", PythonWorkerScript.text], folder: nil,
            environment: ["MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true", "PYTHONDONTWRITEBYTECODE": "1"],
            variables: configuration.variables)
    }

    /// What a process is told first.
    var greeting: PythonFrame {
        PythonFrame(head: [
            "folder": .string(folder), "memory": .integer(Int64(configuration.memoryMaxBytes)), "plan": plan,
            "frame": .integer(Int64(configuration.frameMaxBytes)),
        ])
    }
}
