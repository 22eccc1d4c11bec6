import Foundation
import MartletCore
import MartletEngines

/// What the file of settings beside a model says of how it is run; what it leaves out is as usual.
///
///     precision: bf16       # f32, bf16 or int8
///     threads: 2            # of all streams together
///     streams: 1            # calls at the same time
///     batch_max: 64         # rows of one run of several requests
///     p99_ms: 200           # within which 99 of 100 requests are to be answered
///     warm_up: [1, 8]       # batches that are run at loading
///     warm_up_length: 16    # the size of free dimensions in them
///     independent_rows: yes # whether requests may be joined along the first dimension
///     cache: compiled       # a folder, beside the file, that keeps compiled models for the next load
///
/// For the folder of a model that MLflow wrote, also how it is run by Python, where it is:
///
///     runtime: python           # or native; else native where that is possible
///     python: python3.11        # the interpreter that environments are made with
///     python_environment: venv  # an environment that is used as it is
///     variables: [HF_TOKEN]     # secrets of the server's environment that it gets
///     environments: folder      # where environments are kept that are made
///     processes: 1              # calls at the same time
///     memory_mb: 4096           # of each process
///     request_seconds: 60       # of one request
///     start_seconds: 120        # for loading the model
///     build_seconds: 1800       # for making the environment
struct ModelSettings: Sendable, Equatable {
    /// The most bytes of a file.
    static let sizeMaxBytes = 1 << 16
    /// The most batches of a warm-up, and the most rows of one; the largest length.
    static let warmUpCountMax = 64
    static let warmUpSizeMax = 1 << 16
    /// The keys that every model may have, and those of neural nets and of models that Python runs.
    static let commonKeys = ["batch_max", "p99_ms"]
    static let pythonKeys = [
        "python", "python_environment", "environments", "processes", "memory_mb", "request_seconds", "start_seconds", "build_seconds",
        "independent_rows", "variables",
    ]
    static let neuralKeys = ["precision", "threads", "streams", "warm_up", "warm_up_length", "independent_rows", "cache"]

    /// 99 of 100 requests are to be answered within this time, in seconds.
    var objectiveSeconds: Double?
    var batchRowCountMax: Int?
    var neural = NeuralConfiguration()
    /// What is to run a model that MLflow wrote, where that is said.
    var runtime: FlavorRuntime.Preference?
    var python: PythonConfiguration

    /// The usual settings.
    init(python: PythonConfiguration = PythonConfiguration()) { self.python = python }

    /// Reads a file, which may be missing.
    /// - Parameters:
    ///   - isNeural: whether the keys of neural nets are allowed.
    ///   - python: how a model that MLflow wrote is run by Python unless the file says otherwise; `nil` where the keys for that are
    ///     not allowed.
    /// - Throws: `invalidInput` with every fault's line or for a file that is too large, `storage`.
    init(path: String, isNeural: Bool, python: PythonConfiguration? = nil) throws {
        self.init(python: python ?? PythonConfiguration())
        guard FileManager.default.fileExists(atPath: path) else { return }
        let text: Data
        do {
            text = try Data(contentsOf: URL(filePath: path))
        } catch {
            throw MartletError(.storage, "settings '\(path)' cannot be read", cause: error)
        }
        guard text.count <= Self.sizeMaxBytes else {
            throw MartletError(.invalidInput, "settings '\(path)': expected at most \(Self.sizeMaxBytes) bytes, found \(text.count)")
        }
        do {
            let file = try SpecificationFile(name: path, text: String(decoding: text, as: UTF8.self))
            let keys = Self.commonKeys + (isNeural ? Self.neuralKeys : []) + (python == nil ? [] : Self.pythonKeys + ["runtime"])
            if let object = file.root.object(optional: keys) { read(object, folder: (path as NSString).deletingLastPathComponent) }
            try file.finish()
        } catch let error as SpecificationError {
            throw MartletError(.invalidInput, "\(error)")
        }
    }

    private mutating func read(_ object: SpecificationObject, folder: String) {
        batchRowCountMax = object["batch_max"].flatMap { Self.count($0, 1...CostCurve.rowCountMax) }
        objectiveSeconds = object["p99_ms"].flatMap { Self.milliseconds($0) }.map { $0 / 1_000 }
        if let name = object["precision"]?.choice(NeuralConfiguration.Precision.allCases.map(\.rawValue)) {
            neural.precision = NeuralConfiguration.Precision(rawValue: name) ?? neural.precision
        }
        let threads = object["threads"].flatMap { Self.count($0, 1...OpenVINOOptions.threadCountMax) }
        neural.threadCount = threads ?? neural.threadCount
        let streams = object["streams"].flatMap { Self.count($0, 1...min(neural.threadCount, BatchingPolicy.runnerCountMax)) }
        neural.streamCount = streams ?? neural.streamCount
        neural.warmUpRowCounts = object["warm_up"].flatMap(Self.warmUp) ?? neural.warmUpRowCounts
        neural.warmUpLength = object["warm_up_length"].flatMap { Self.count($0, 1...Self.warmUpSizeMax) } ?? neural.warmUpLength
        neural.hasIndependentRows = object["independent_rows"]?.bool
        neural.cacheFolder = object["cache"]?.string.map { Self.path($0, in: folder) }
        readPython(object, folder)
    }

    private mutating func readPython(_ object: SpecificationObject, _ folder: String) {
        runtime = object["runtime"]?.choice(FlavorRuntime.Preference.allCases.map(\.rawValue)).flatMap(FlavorRuntime.Preference.init)
        // A name without a slash is looked for in PATH.
        python.interpreter = object["python"]?.string.map { $0.contains("/") ? Self.path($0, in: folder) : $0 } ?? python.interpreter
        python.environment = object["python_environment"]?.string.map { Self.path($0, in: folder) } ?? python.environment
        python.environmentsFolder = object["environments"]?.string.map { Self.path($0, in: folder) } ?? python.environmentsFolder
        python.processCount = object["processes"].flatMap { Self.count($0, PythonConfiguration.processCountRange) } ?? python.processCount
        let megabytes = object["memory_mb"].flatMap { Self.count($0, PythonConfiguration.memoryMegabytesRange) }
        python.memoryMaxBytes = megabytes.map { $0 << 20 } ?? python.memoryMaxBytes
        python.requestSeconds = object["request_seconds"].flatMap(Self.seconds) ?? python.requestSeconds
        python.startSeconds = object["start_seconds"].flatMap(Self.seconds) ?? python.startSeconds
        python.buildSeconds = object["build_seconds"].flatMap(Self.seconds) ?? python.buildSeconds
        python.variables = object["variables"].flatMap(Self.variables) ?? python.variables
        python.hasIndependentRows = neural.hasIndependentRows ?? python.hasIndependentRows
    }

    private static func path(_ path: String, in folder: String) -> String { path.hasPrefix("/") ? path : "\(folder)/\(path)" }

    private static func seconds(_ node: SpecificationNode) -> Double? {
        let range = PythonConfiguration.secondsRange
        guard let value = node.double else { return nil }
        guard range.contains(value) else { return node.expected("\(range.lowerBound) to \(range.upperBound) seconds") }
        return value
    }

    private static func variables(_ node: SpecificationNode) -> Set<String>? {
        let items = node.items
        guard items.count <= PythonConfiguration.variableCountMax else {
            return node.expected("at most \(PythonConfiguration.variableCountMax) names of variables")
        }
        return Set(items.compactMap(\.string))
    }

    private static func warmUp(_ node: SpecificationNode) -> [Int]? {
        let items = node.items
        guard items.count <= warmUpCountMax else { return node.expected("at most \(warmUpCountMax) numbers of rows") }
        return items.compactMap { count($0, 1...warmUpSizeMax) }
    }

    private static func count(_ node: SpecificationNode, _ range: ClosedRange<Int>) -> Int? {
        guard let value = node.int else { return nil }
        guard range.contains(value) else { return node.expected("\(range.lowerBound) to \(range.upperBound)") }
        return value
    }

    private static func milliseconds(_ node: SpecificationNode) -> Double? {
        guard let value = node.double else { return nil }
        guard (0.1...60_000).contains(value) else { return node.expected("0.1 to 60000 milliseconds") }
        return value
    }
}
