import ArgumentParser
import Foundation
import MartletCore
import MartletInference
import MartletServer

/// Serves model files.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve model files over HTTP.",
        discussion: """
            A model is a file of LightGBM (text), XGBoost (JSON or UBJSON), ONNX (.onnx) or OpenVINO (.xml with its .bin), or the \
            folder of a sentence embedder: vocab.txt with model.onnx, as sentence-transformers writes it. It answers under its \
            file's name, or under the name before '='. A repository is a folder of folders: NAME/model.txt, or NAME/1/model.txt, \
            NAME/2/model.txt for versions, of which the newest answers. Nothing is logged but faults; a project's endpoints, which \
            keep what they answered, are served by 'martlet up'.

            Neural nets need OpenVINO, which 'scripts/setup --neural' brings; they run in f32 on one thread unless model.yaml \
            beside the model (net.yaml beside net.onnx) says otherwise. 'martlet precision' measures what to choose.

            A folder that MLflow wrote, with its file MLmodel, is a model too: Boosters of LightGBM and XGBoost and \
            ONNX run here, everything else in processes of Python, in an environment made of what the model \
            requires. docs/mlflow.md says more.

            MODEL.YAML
              precision: bf16         f32, bf16, or int8 (a quantized file)
              threads: 2              of all streams together
              streams: 1              calls that run at the same time
              batch_max: 64           rows of one run of several requests
              p99_ms: 200             within which 99 of 100 requests are to be answered
              warm_up: [1, 8]         batches that are run at loading
              warm_up_length: 16      the size of their free dimensions
              independent_rows: true  whether requests may be joined by rows
              cache: compiled         a folder that keeps compiled models
              runtime: python         or native: what runs a model that MLflow wrote
              python_environment: v   a folder of python -m venv that is used for it
              variables: [HF_TOKEN]   secrets of the environment that it may see
              processes: 2            calls that Python answers at the same time
              memory_mb: 4096         of each of its processes
              request_seconds: 60     the longest that it may take for a request

            ADDRESSES
              POST /v2/models/{model}/infer   Open Inference Protocol: JSON, binary
              GET  /v2/models/{model}, …/config, …/stats, /v2/health/ready
              POST /v2/repository/index
              POST /v2/repository/models/{model}/load, …/unload
              POST /invocations, GET /ping    as MLflow's scoring server
              GET  /metrics, /openapi.json    for Prometheus; all addresses
              inference.GRPCInferenceService  the same over gRPC, with --grpc-port
              grpc.health.v1.Health           health of the server, or of a model

            EXAMPLES
              martlet serve model.txt
              martlet serve price=models/price.txt churn=models/churn.ubj --port 9000
              martlet serve .deps/models/minilm models/churn.ubj
              martlet serve --repository models
              martlet serve champion=mlartifacts/1/models/m-7f2c/artifacts
            """
    )

    @OptionGroup var tls: TLSOptions
    @OptionGroup var hosts: HostOptions

    @Argument(help: ArgumentHelp("Model files or folders, as PATH or NAME=PATH.", valueName: "model"), completion: .file())
    var models: [String] = []

    @Option(help: ArgumentHelp("A folder with a folder for each model.", valueName: "folder"), completion: .directory)
    var repository: String?

    @Option(help: "The address to listen on. There is no authentication yet, so keep to loopback.")
    var host = "127.0.0.1"

    @Option(help: "The port to listen on; 0 takes any free one.")
    var port = 8080

    @Option(help: ArgumentHelp("Answer over gRPC too, on this port; 0 takes any free one.", valueName: "port"))
    var grpcPort: Int?

    @Option(help: ArgumentHelp("Milliseconds within which 99 of 100 requests are to be answered.", valueName: "ms"))
    var p99 = 50.0

    @Option(help: "How many seconds running requests may take to end after SIGTERM.")
    var grace = 10

    @Option(
        help: ArgumentHelp("A folder that keeps environments of Python made for models that MLflow wrote.", valueName: "folder"),
        completion: .directory)
    var environments: String?

    @Flag(help: "Say what happens in JSON, for machines.")
    var json = false

    func validate() throws {
        guard !models.isEmpty || repository != nil else { throw ValidationError("expected a model file or --repository") }
        guard (0...65_535).contains(port) else { throw ValidationError("--port: expected 0 to 65535, found \(port)") }
        guard (0...65_535).contains(grpcPort ?? 0) else {
            throw ValidationError("--grpc-port: expected 0 to 65535, found \(grpcPort ?? 0)")
        }
        guard (0...3_600).contains(grace) else { throw ValidationError("--grace: expected 0 to 3600 seconds, found \(grace)") }
        guard (0.1...60_000).contains(p99) else { throw ValidationError("--p99: expected 0.1 to 60000 milliseconds, found \(p99)") }
    }

    func run() async throws {
        let certificate = try tls.server { say($0, $1) }
        let companion = try self.companion(certificate)
        var configuration = ModelLoader.Configuration()
        configuration.objectiveSeconds = p99 / 1_000
        if let environments { configuration.python.environmentsFolder = URL(fileURLWithPath: environments).standardizedFileURL.path }
        configuration.report = { say("loading", $0) }
        let loader = ModelLoader(configuration)
        let repository = try ModelRepository(try sources(), folder: repository) { try loader.load($0, version: $1, path: $2) }
        let address = ServerAddress(host: host, port: port)
        let server = ModelServer(
            repository, address: address, allowedHosts: hosts.names, tls: certificate, gracePeriod: .seconds(grace), companion: companion)
        try await server.run { report($0) }
    }

    private func sources() throws -> [ModelSource] {
        let named = try models.map { text -> ModelSource in
            if let sign = text.firstIndex(of: "="), !text[..<sign].contains("/") {
                return try ModelSource(name: String(text[..<sign]), path: String(text[text.index(after: sign)...]))
            }
            let file = URL(fileURLWithPath: text).standardizedFileURL
            return try ModelSource(name: file.deletingPathExtension().lastPathComponent, path: text)
        }
        return try named + (repository.map { try ModelSource.all(in: $0) } ?? [])
    }

    private func report(_ event: ModelServer.Event) {
        switch event {
        case .loaded(let model, let version, let summary, let seconds):
            say("loaded", "\(model) version \(version) (\(summary)) in \(Int((seconds * 1_000).rounded())) ms")
        case .failed(let model, let reason): say("fault", "\(model) is not served: \(reason)")
        case .listens(let scheme, let address): say("listening", "\(scheme)://\(address.authority)")
        case .drains(let signal): say("draining", "signal \(signal): running requests end, at most \(grace) s")
        case .stopped(0, 0): say("stopped", "every request was answered")
        case .stopped(let connections, 0): say("stopped", "\(connections) connections were cut")
        case .stopped(let connections, let calls): say("stopped", "\(connections) connections and \(calls) calls over gRPC were cut")
        }
    }

    private func say(_ event: String, _ text: String) {
        guard json else { return Output.error("\(event): \(text)") }
        let line: JSONValue = ["event": .string(event), "message": .string(text), "time": .string(Timestamp.now.description)]
        Output.error(line.canonicalText)
    }
}
