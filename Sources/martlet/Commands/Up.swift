import ArgumentParser
import Foundation
import MartletCore
import MartletPipeline
import MartletPlatform
import MartletServer
import MartletStore

/// Runs the project and serves it.
struct Up: AsyncParsableCommand, ProjectCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the project and serve it; without a project, serve tracking.",
        discussion: """
            Where every endpoint has a release, it is served at once and stale steps run beside it; otherwise they run first. A \
            new release waits for 'martlet deploy', except the very first. What the project's schedules and triggers ask for is run \
            beside; see 'martlet schedules'. The project's runs, metrics and releases are told of on the \
            other port, as MLflow does it: an experiment of the project's name, and a registered model of each endpoint's name, whose \
            alias 'champion' is what answers. SIGTERM drains: running requests end, logs are \
            sealed, then the process ends.

            In a folder without a project, '--home DIR' serves tracking and a registry: MLflow's API, whose clients need no more \
            than MLFLOW_TRACKING_URI=http://127.0.0.1:5000. What 'martlet deploy models:/NAME@ALIAS' deploys answers on the other \
            port. The records are in a file of the home, or in the PostgreSQL database of MARTLET_DATABASE_URL. Everybody who \
            reaches it may do everything until there is a user; see 'martlet users --help'.

            With --tls-certificate and --tls-key every port speaks HTTPS; the files are read again when they change.

            ADDRESSES
              POST /v2/models/{model}/infer           Open Inference Protocol
              POST /v1/endpoints/{name}/decide        the decision, with why
              POST /v1/endpoints/{name}/outcomes      what came of earlier decisions
              POST /v1/triggers/{name}                an event for a trigger of the project
              GET  /v1/runs, /v1/runs/{run}           the project's runs: pages, or JSON
              GET  /v2/health/live, /v2/health/ready, /metrics

            EXAMPLES
              martlet up
              martlet up --port 9000 --no-run
              martlet up --no-tracking
              martlet up --home tracking          without a project
              martlet up --home tracking --artifacts s3://models/team
            """
    )

    @OptionGroup var options: ProjectOptions
    @OptionGroup var tls: TLSOptions
    @OptionGroup var hosts: HostOptions

    @Option(help: "The address to listen on.")
    var host = "127.0.0.1"

    @Flag(help: "Listen where other machines reach it although everybody may do everything.")
    var open = false

    @Option(help: "The port to listen on; 0 takes any free one.")
    var port = 8080

    @Option(help: ArgumentHelp("The port of tracking; 0 takes any free one.", valueName: "port"))
    var trackingPort = 5000

    @Option(
        help: ArgumentHelp(
            "The PostgreSQL database of tracking; by default $MARTLET_DATABASE_URL, which other users of this machine do not see.",
            valueName: "url"))
    var database: String?

    @Option(help: ArgumentHelp("The largest artifact that tracking takes, in GiB.", valueName: "gib"))
    var artifactMaxGib = 64

    @Option(
        help: ArgumentHelp(
            "The bucket that keeps artifacts, as s3://bucket/prefix, rather than the home; by default $MARTLET_ARTIFACTS.", valueName: "url"
        ))
    var artifacts: String?

    @Option(help: "How many seconds running requests may take to end after SIGTERM.")
    var grace = 10

    @Flag(inversion: .prefixedNo, help: "Serve tracking beside the project's endpoints.")
    var tracking = true

    @Flag(inversion: .prefixedNo, help: "Run stale steps.")
    var run = true

    func validate() throws {
        guard (0...65_535).contains(port) else { throw ValidationError("--port: expected 0 to 65535, found \(port)") }
        guard (0...65_535).contains(trackingPort) else {
            throw ValidationError("--tracking-port: expected 0 to 65535, found \(trackingPort)")
        }
        guard (1...1_048_576).contains(artifactMaxGib) else {
            throw ValidationError("--artifact-max-gib: expected 1 to 1048576, found \(artifactMaxGib)")
        }
        guard (0...3_600).contains(grace) else { throw ValidationError("--grace: expected 0 to 3600 seconds, found \(grace)") }
    }

    func run() async throws {
        if let home = options.home, !FileManager.default.fileExists(atPath: options.projectFile) {
            return try await track(home)
        }
        let address = ServerAddress(host: host, port: port)
        guard open || address.isLoopback else {
            throw MartletError(
                .invalidInput,
                "'\(host)' can be reached from other machines: a project's endpoints let everybody in, and without users so do the pages of "
                    + "its runs and the logs of its steps; say --open if that is meant")
        }
        guard artifacts == nil else {
            throw MartletError(.invalidInput, "--artifacts goes with a home without a project: a project keeps its bytes in its own home")
        }
        if ProcessInfo.processInfo.environment["MARTLET_ARTIFACTS"]?.isEmpty == false {
            say("artifacts", "MARTLET_ARTIFACTS is not followed: a project keeps its bytes in its own home")
        }
        // Runs are processes of their own, and have the same records.
        if let database { setenv("MARTLET_DATABASE_URL", database, 1) }
        let platform = try options.platform(database: database)
        let deployment = Deployment(platform)
        let isServable = try platform.project.endpoints.keys.allSatisfy { try platform.records.current(endpoint: $0) != nil }
        if !isServable {
            if run { try await Self.runFirst(options.arguments) }
            for endpoint in platform.project.endpoints.keys.sorted() { try deployment.deployFirst(endpoint, by: "martlet up") }
        }
        let certificate = try tls.server { say($0, $1) }
        let service = try pipelineService(platform)
        let server = PlatformServer(
            platform, address: address, allowedHosts: hosts.names, tls: certificate,
            tracking: tracking ? trackingConfiguration(certificate) : nil, gracePeriod: .seconds(grace),
            triggers: receiver(service))
        let runsBeside = run && isServable
        try await server.run(observe: { report($0) }) {
            async let beside: Void = runsBeside ? runBeside(platform) : ()
            async let watch: Void = watchFiles(of: platform.project)
            await service?.run()
            await beside
            await watch
        }
        try await ChildProcess.run(["compact"] + options.arguments)
    }

    /// Runs what schedules and triggers ask for; `nil` where there are none, or nothing is to run.
    private func pipelineService(_ platform: Platform) throws -> PipelineService? {
        guard run, !platform.project.schedules.isEmpty || !platform.project.triggers.isEmpty else { return nil }
        return try PipelineService(platform) { event in
            switch event {
            case .began(let name, let firing): say("fired", "\(name) for \(firing.nominalTime): \(firing.reason)")
            case .ended(let name, let firing): say("ran", "\(name) for \(firing.nominalTime)")
            case .failed(let name, let firing, let message): say("failed", "\(name) for \(firing.nominalTime): \(message)")
            case .fault(let message): say("fault", message)
            }
        }
    }

    /// Tells when the project file is not any more what this program goes by.
    private func watchFiles(of project: Project) async {
        await ProjectFileWatch(project).run(every: PipelineService.lookInterval) { files in
            say(
                "changed",
                files.isEmpty
                    ? "the project file is again what this program has read"
                    : "\(files.joined(separator: ", ")): schedules, triggers and their steps stay as they were read; restart 'martlet up'")
        }
    }

    private func receiver(_ service: PipelineService?) -> TriggerReceiver? {
        guard let service else { return nil }
        return { call in try await service.receive(call) }
    }

    private func trackingConfiguration(_ certificate: ServerTLS?) -> TrackingConfiguration {
        var configuration = TrackingConfiguration(address: ServerAddress(host: host, port: trackingPort))
        configuration.tls = certificate
        configuration.allowedHosts = hosts.names
        configuration.isOpen = open
        configuration.database = database ?? ProcessInfo.processInfo.environment["MARTLET_DATABASE_URL"]
        configuration.artifacts = artifacts ?? ProcessInfo.processInfo.environment["MARTLET_ARTIFACTS"]
        configuration.artifactSizeMaxBytes = artifactMaxGib << 30
        configuration.gracePeriod = .seconds(grace)
        return configuration
    }

    /// Serves tracking until a signal comes.
    private func track(_ home: String) async throws {
        let home = Home(path: URL(filePath: home).standardizedFileURL.path)
        let server = TrackingServer(home, trackingConfiguration(try tls.server { say($0, $1) }), inferencePort: port)
        try await server.run { event in
            switch event {
            case .listens(let address, let isOpen):
                say("listening", "\(address)")
                if !isOpen, !address.isLoopback, address.scheme == "http" {
                    say("clear", "passwords, tokens and all else cross the network in the clear: see --tls-certificate")
                }
                if isOpen { say("open", "there are no users: everybody who reaches it may do everything; see 'martlet users --help'") }
            case .infers(let address): say("inference", "\(address)")
            case .switched(let name, let address, let summary, let seconds):
                say("switched", "\(name): \(address) (\(summary)) in \(Int((seconds * 1_000).rounded())) ms")
            case .loading(let message): say("loading", message)
            case .fault(let message): say("fault", message)
            case .drains(let signal): say("draining", "signal \(signal): running requests end, at most \(grace) s")
            case .stopped(let cut): say("stopped", cut == 0 ? "every request was answered" : "\(cut) connections were cut")
            }
        }
    }

    /// Runs stale steps before there is anything to serve. - Throws: `CancellationError` after SIGTERM or SIGINT, which end them too.
    private static func runFirst(_ arguments: [String]) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await ChildProcess.run(["run"] + arguments) }
            group.addTask {
                let signal = await StopSignal.watching { await $0.wait() }
                if signal != 0 { throw CancellationError() }
            }
            try await group.next()
        }
    }

    /// Runs stale steps in a process of their own, so that serving shares neither memory nor fate with them, and tells of
    /// releases that wait to be deployed.
    private func runBeside(_ platform: Platform) async {
        do {
            try await ChildProcess.run(["run"] + options.arguments, quiet: true)
            for endpoint in platform.project.endpoints.keys.sorted() {
                guard let newest = try platform.records.releases(name: endpoint).max(by: { $0.version < $1.version }),
                    newest.digest != (try platform.records.current(endpoint: endpoint))?.release
                else { continue }
                say(
                    "waiting",
                    "\(endpoint): release v\(newest.version) (\(newest.digest.short)) can be deployed with 'martlet deploy \(endpoint)'")
            }
        } catch is CancellationError {
            return
        } catch {
            say("stale", "not all could be made, and what is released goes on answering; 'martlet runs' says what failed")
        }
    }

    private func report(_ event: PlatformServer.Event) {
        switch event {
        case .recovered(let log, let bytes): say("recovered", "log of \(log): cut \(bytes) bytes that were never acknowledged")
        case .listens(let address, let releases):
            say("listening", "\(address)")
            for release in releases { say("serving", "\(release.endpoint): release v\(release.version) (\(release.digest.short))") }
        case .tracks(let address): say("tracking", "\(address)")
        case .switched(let endpoint, let version, let digest): say("switched", "\(endpoint): release v\(version) (\(digest.short))")
        case .fault(let message): say("fault", message)
        case .drains(let signal): say("draining", "signal \(signal): running requests end, at most \(grace) s")
        case .stopped(let cut): say("stopped", cut == 0 ? "every request was answered" : "\(cut) connections were cut")
        }
    }

    private func say(_ event: String, _ text: String) {
        if options.json {
            Output.error(
                JSONValue.object(["event": .string(event), "message": .string(text), "time": .string(Timestamp.now.description)])
                    .canonicalText)
        } else {
            Output.error("\(event): \(text)")
        }
    }
}

extension ProjectOptions {
    /// These options as words, for a child process.
    var arguments: [String] {
        ["--project", projectFile] + (home.map { ["--home", $0] } ?? []) + (json ? ["--json"] : [])
    }
}

/// Runs this same program as another process.
enum ChildProcess {
    /// Runs a command and waits for its end; it is stopped when the task is cancelled.
    /// - Throws: `engine` where it fails; what it says goes to standard error, unless `quiet`.
    static func run(_ arguments: [String], quiet: Bool = false) async throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = quiet ? FileHandle.nullDevice : FileHandle.standardError
        if quiet { process.standardError = FileHandle.nullDevice }
        let status: Int32 = try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
                do { try process.run() } catch { continuation.resume(throwing: error) }
                if Task.isCancelled { process.terminate() }
            }
        } onCancel: {
            if process.isRunning { process.terminate() }
        }
        guard status == 0 else {
            // It was told to end.
            try Task.checkCancellation()
            throw MartletError(.engine, "'martlet \(arguments.joined(separator: " "))' ended with exit code \(status)")
        }
    }
}
