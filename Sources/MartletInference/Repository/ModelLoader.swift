import Foundation
package import MartletCore

/// Makes models of files, whatever their format, and measures what their batches cost.
package struct ModelLoader: Sendable {
    /// How models are served.
    package struct Configuration: Sendable {
        /// 99 of 100 requests are to be answered within this time, in seconds.
        package var objectiveSeconds = 0.05
        /// The most rows of one run of several requests.
        package var batchRowCountMax = 1_024
        /// How long measuring a model's cost may take at loading, in seconds.
        package var measuringSeconds = 0.02

        /// The usual configuration.
        package init() {}
    }

    package var configuration: Configuration

    /// Makes a loader.
    package init(_ configuration: Configuration = Configuration()) { self.configuration = configuration }

    /// The names that a model's file has in a folder, in the order in which they are looked for.
    package static let fileNames = ["model.txt", "model.lgb", "model.json", "model.ubj", "model.xgb"]

    /// Loads a model, warms it up and measures it.
    /// - Parameter path: a model file, or a folder with one of `fileNames` or with a single file.
    /// - Throws: `notFound`, `corrupt`, `invalidInput` where it is no model that is read here.
    package func load(_ name: String, version: Int, path: String) throws -> ServedModel {
        let model = try model(at: try Self.file(at: path, of: name))
        var policy = BatchingPolicy(objectiveSeconds: configuration.objectiveSeconds, rowCountMax: configuration.batchRowCountMax)
        policy.directSecondsMax = configuration.objectiveSeconds
        return try ServedModel(name: name, version: version, model: model, policy: policy, curve: try curve(model))
    }

    private func model(at path: String) throws -> any TensorModel { try ForestModel(Forest(contentsOf: path)) }

    private static func file(at path: String, of name: String) throws -> String {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw MartletError(.notFound, "model '\(name)': there is no '\(path)'")
        }
        guard isFolder.boolValue else { return path }
        let files = try FileManager.default.contentsOfDirectory(atPath: path).filter { !$0.hasPrefix(".") }
        let known = fileNames.first { files.contains($0) } ?? (files.count == 1 ? files[0] : nil)
        guard let known else {
            throw MartletError(
                .notFound, "model '\(name)': expected one of \(fileNames.joined(separator: ", ")) in '\(path)', found \(files.count) files")
        }
        return "\(path)/\(known)"
    }

    /// What batches cost; `nil` where rows depend on one another.
    private func curve(_ model: any TensorModel) throws -> CostCurve? {
        guard model.signature.hasIndependentRows else { return nil }
        _ = try model.predict(model.signature.example(rows: 1))
        let ladder = CostCurve.ladder(upTo: configuration.batchRowCountMax)
        let examples = Dictionary(uniqueKeysWithValues: ladder.map { ($0, model.signature.example(rows: $0)) })
        return try CostCurve.measure(ladder: ladder, budgetSeconds: configuration.measuringSeconds, clock: SystemBatchClock()) { rows in
            _ = try model.predict(examples[rows] ?? model.signature.example(rows: rows))
        }
    }
}

extension TensorSignature {
    /// The size that free dimensions get in examples, but for the rows.
    private static let exampleLength = 16

    /// Inputs that fit, of so many rows: zeros, and a sentence where texts are wanted.
    package func example(rows: Int) -> [Tensor] {
        inputs.map { entry in
            var shape = entry.shape.map { $0 == -1 ? Self.exampleLength : $0 }
            if hasIndependentRows, !shape.isEmpty { shape[0] = rows }
            return Tensor(name: entry.name, shape: shape, elements: .zeros(entry.datatype, count: shape.reduce(1, *)))
        }
    }
}

extension TensorElements {
    /// Zeros, or sentences of a few words.
    fileprivate static func zeros(_ datatype: TensorDatatype, count: Int) -> TensorElements {
        switch datatype {
        case .bool: .bool(Array(repeating: false, count: count))
        case .uint8: .uint8(Array(repeating: 0, count: count))
        case .uint16: .uint16(Array(repeating: 0, count: count))
        case .uint32: .uint32(Array(repeating: 0, count: count))
        case .uint64: .uint64(Array(repeating: 0, count: count))
        case .int8: .int8(Array(repeating: 0, count: count))
        case .int16: .int16(Array(repeating: 0, count: count))
        case .int32: .int32(Array(repeating: 0, count: count))
        case .int64: .int64(Array(repeating: 0, count: count))
        case .float16: .float16(Array(repeating: 0, count: count))
        case .bfloat16: .bfloat16(Array(repeating: 0, count: count))
        case .float32: .float32(Array(repeating: 0, count: count))
        case .float64: .float64(Array(repeating: 0, count: count))
        case .bytes: .bytes(Array(repeating: Array("a small bird that never lands on the ground".utf8), count: count))
        }
    }
}
