import Glibc
package import MartletCore

/// What the precisions of a neural model cost and give on this machine: each is loaded, run on rows that are given, timed, and
/// compared with f32.
package struct PrecisionComparison: Sendable {
    /// One precision.
    package struct Entry: Sendable {
        package let precision: NeuralConfiguration.Precision
        /// Why there are no figures, where there are none.
        package fileprivate(set) var refusal: String?
        package fileprivate(set) var figures: Figures?
    }

    /// What was measured.
    package struct Figures: Sendable {
        /// Processor time of loading and warming up, in seconds.
        package let loadSeconds: Double
        /// What loading it and running all samples added to the memory that the process holds, in bytes.
        package let residentBytes: Int
        /// Processor time of a row, in seconds: the median of `repetitionCount` rounds.
        package let rowSeconds: Double
        /// How far it is from f32; `nil` for f32 itself.
        package let report: PrecisionReport?
    }

    /// How often all samples are timed.
    package static let repetitionCount = 3

    package private(set) var entries: [Entry] = []

    /// Measures one precision after the other, f32 first.
    /// - Parameters:
    ///   - path: a model file, `….onnx` or `….xml` (the 8-bit one is then `…-int8.onnx` or `…-int8.xml`), or a sentence embedder's folder.
    ///   - samples: the inputs of one call each.
    /// - Throws: `invalidInput` without samples, and what loading or running f32 throws; other precisions are told of as refused.
    package init(path: String, threads: Int, samples: (TensorSignature) throws -> [[Tensor]]) throws {
        var reference: (any TensorModel)?
        var rows: [[Tensor]] = []
        for precision in NeuralConfiguration.Precision.allCases {
            var entry = Entry(precision: precision)
            do {
                let trial = try Trial(path: path, precision, threads: threads)
                if reference == nil { rows = try samples(trial.model.signature) }
                entry.figures = try trial.figures(rows, reference: reference)
                reference = reference ?? trial.model
            } catch let error as MartletError where reference != nil {
                entry.refusal = error.description
            }
            entries.append(entry)
        }
    }
}

/// A model in one precision, just loaded.
private struct Trial {
    let model: any TensorModel
    private let loadSeconds: Double
    private let residentBytesBefore: Int

    init(path: String, _ precision: NeuralConfiguration.Precision, threads: Int) throws {
        var configuration = NeuralConfiguration()
        (configuration.precision, configuration.threadCount) = (precision, threads)
        residentBytesBefore = ProcessUsage.residentBytes
        let start = ProcessUsage.cpuSeconds
        model = try NeuralFile(path).model(configuration)
        loadSeconds = ProcessUsage.cpuSeconds - start
    }

    func figures(_ samples: [[Tensor]], reference: (any TensorModel)?) throws -> PrecisionComparison.Figures {
        guard !samples.isEmpty else { throw MartletError(.invalidInput, "a comparison needs at least one row, found none") }
        for sample in samples { _ = try model.predict(sample) }
        let residentBytes = max(0, ProcessUsage.residentBytes - residentBytesBefore)
        let rowCount = samples.reduce(0) { $0 + max(1, $1.first?.rowCount ?? 1) }
        let rounds = try (0..<PrecisionComparison.repetitionCount).map { _ in
            let start = ProcessUsage.cpuSeconds
            for sample in samples { _ = try model.predict(sample) }
            return (ProcessUsage.cpuSeconds - start) / Double(rowCount)
        }
        return PrecisionComparison.Figures(
            loadSeconds: loadSeconds, residentBytes: residentBytes, rowSeconds: rounds.sorted()[rounds.count / 2],
            report: try reference.map { try PrecisionReport(reference: $0, variant: model, samples: samples) })
    }
}

/// A neural model's file or folder, loaded in any precision.
private struct NeuralFile {
    private let path: String

    init(_ path: String) { self.path = path }

    func model(_ configuration: NeuralConfiguration) throws -> any TensorModel {
        guard !SentenceFolder.looksLikeOne(path) else { return try SentenceEmbedder(folder: path, configuration: configuration) }
        return try NeuralModel(path: NeuralModelFile.variant(of: path, configuration.precision), configuration: configuration)
    }
}

/// What this process has taken so far.
private enum ProcessUsage {
    /// Seconds of all processors.
    static var cpuSeconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// Bytes of memory that it holds now (the second number of `/proc/self/statm`, in pages); 0 where the system does not tell.
    static var residentBytes: Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 128)
        guard fgets(&line, Int32(line.count), file) != nil else { return 0 }
        let numbers = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self).split(separator: " ")
        return (numbers.count > 1 ? Int(numbers[1]) ?? 0 : 0) * sysconf(Int32(_SC_PAGESIZE))
    }
}
