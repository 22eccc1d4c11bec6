import Foundation
import MartletCore

/// What runs a model that MLflow wrote.
enum FlavorRuntime: Equatable {
    /// Trees of LightGBM or XGBoost, in this process.
    case forest(path: String)
    /// A neural net, in this process.
    case network(path: String)
    /// A process with Python and what the model requires.
    case python

    /// What a person asks for in `model.yaml`.
    enum Preference: String, CaseIterable { case native, python }
}

extension MLmodelFile {
    /// The flavours that run in this process, the first that there is first.
    private static let nativeFlavors = ["lightgbm", "xgboost", "onnx"]

    /// Chooses what runs the model: this process where it can, else Python, unless a preference says otherwise.
    /// - Throws: `invalidInput` where nothing that is there runs it, or not as preferred.
    func runtime(_ preference: FlavorRuntime.Preference?) throws -> FlavorRuntime {
        let hasPython = flavors["python_function"] != nil
        guard preference != .python || !hasPython else { return .python }
        do {
            guard preference != .python else { throw refusal("the flavour python_function, which runtime: python needs") }
            return try nativeRuntime()
        } catch  where hasPython && preference == nil {
            return .python
        }
    }

    /// The file of a Booster's trees, of a model that this process runs.
    /// - Throws: `invalidInput` for any other model.
    package func forestPath() throws -> String {
        guard case .forest(let path) = try nativeRuntime() else { throw refusal("a Booster of LightGBM or XGBoost") }
        return path
    }

    private func nativeRuntime() throws -> FlavorRuntime {
        guard let name = Self.nativeFlavors.first(where: { flavors[$0] != nil }), let flavor = flavors[name] else {
            throw refusal("one of \((Self.nativeFlavors + ["python_function"]).joined(separator: ", "))")
        }
        guard signature?.inputs?.isNumeric ?? true else {
            throw refusal("numbers only in the signature of a model that is run without Python")
        }
        guard let data = flavor.data, !data.isEmpty else { throw refusal("a file as 'data' of the flavour \(name)") }
        let path = "\(folder)/\(data)"
        switch name {
        case "onnx": return .network(path: try onnxFile(path))
        case "lightgbm":
            try checkBooster(flavor, "lightgbm.basic.Booster", path, [.lightGBMText])
            guard try !hasNamedCategories(path) else {
                throw refusal("no categories of pandas in '\(data)' of a model that is run without Python")
            }
        default: try checkBooster(flavor, "xgboost.core.Booster", path, [.xgboostJSON, .xgboostUBJSON])
        }
        return .forest(path: path)
    }

    /// Older versions of MLflow saved a folder's only file there.
    private func onnxFile(_ path: String) throws -> String {
        guard (path as NSString).pathExtension.lowercased() == "onnx" else { throw refusal("a file ….onnx as 'data' of the flavour onnx") }
        return path
    }

    /// Models of scikit-learn's kind answer classes, not numbers, and may be pickles.
    private func checkBooster(_ flavor: Flavor, _ expected: String, _ path: String, _ formats: [ForestFormat]) throws {
        guard flavor.modelClass.map({ $0 == expected }) ?? true else {
            throw refusal("a \(expected), found a \(flavor.modelClass ?? "")")
        }
        let start = try Self.bytes(of: path, from: 0, count: 256)
        guard start.withUnsafeBufferPointer({ formats.contains(ForestFormat($0)) }) else {
            throw refusal("'\(flavor.data ?? "")' in a format of \(ForestFile.formats)")
        }
    }

    /// Where LightGBM writes the categories of a data frame's columns, at the end of its file: rows would come with their names.
    private func hasNamedCategories(_ path: String) throws -> Bool {
        let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? NSNumber
        let end = try Self.bytes(of: path, from: max(0, (size?.intValue ?? 0) - Self.endSizeBytes), count: Self.endSizeBytes)
        let text = String(decoding: end, as: UTF8.self)
        guard let mark = text.range(of: "pandas_categorical:", options: .backwards) else { return false }
        return !["null", "[]"].contains(text[mark.upperBound...].prefix { !$0.isNewline })
    }

    private static let endSizeBytes = 1 << 20

    private static func bytes(of path: String, from offset: Int, count: Int) throws -> [UInt8] {
        do {
            let file = try FileHandle(forReadingFrom: URL(filePath: path))
            defer { try? file.close() }  // it was only read
            try file.seek(toOffset: UInt64(offset))
            return [UInt8](try file.read(upToCount: count) ?? Data())
        } catch {
            throw MartletError(.notFound, "model '\(path)' cannot be read", cause: error)
        }
    }

    private func refusal(_ expected: String) -> MartletError {
        let found = flavors.keys.sorted().prefix(20).joined(separator: ", ")
        return MartletError(
            .invalidInput, "'\(folder)/\(Self.name)': expected \(expected); its flavours are \(found.isEmpty ? "none" : found)")
    }
}
