import Foundation
import MartletCore

/// What a folder of the sentence-transformers library says beside the model: `vocab.txt`, and some files of JSON that may be missing.
struct SentenceFolder {
    /// How the states of a text's tokens become one vector.
    enum Pooling: Equatable { case mean, first }

    /// The most bytes that a file of settings may have.
    static let settingsBytesMax = 1 << 20
    static let lengthMaxDefault = 512

    let path: String
    let pooling: Pooling
    let isNormalized: Bool
    /// How many tokens a text may have.
    let lengthMax: Int

    var vocabularyPath: String { "\(path)/vocab.txt" }

    /// Reads the settings. - Throws: `invalidInput` for settings that no sentence embedder of ours has.
    init(path: String) throws {
        self.path = path
        try Self.checkTokenizer(Self.settings(path, "tokenizer_config.json"))
        pooling = try Self.pooling(Self.settings(path, "1_Pooling/config.json"), path)
        isNormalized = try Self.isNormalized(Self.settings(path, "modules.json"), path)
        let sentence = try Self.settings(path, "sentence_bert_config.json")?["max_seq_length"]?.int
        let positions = try Self.settings(path, "config.json")?["max_position_embeddings"]?.int
        lengthMax = Int(clamping: min(sentence ?? .max, positions ?? Int64(Self.lengthMaxDefault)))
    }

    /// The names of the model's file, the quantized one's among them; the library itself writes the last two.
    private static func modelNames(_ precision: NeuralConfiguration.Precision) -> [String] {
        precision == .int8
            ? ["model-int8.onnx", "model-int8.xml"] : ["model.onnx", "model.xml", "onnx/model.onnx", "openvino/openvino_model.xml"]
    }

    /// Whether a folder has a vocabulary and a model.
    static func looksLikeOne(_ path: String) -> Bool {
        let names = modelNames(.float32) + modelNames(.int8)
        return FileManager.default.fileExists(atPath: "\(path)/vocab.txt")
            && names.contains { FileManager.default.fileExists(atPath: "\(path)/\($0)") }
    }

    /// The model's file for a precision. - Throws: `notFound` with the names that were looked for.
    func modelPath(_ precision: NeuralConfiguration.Precision) throws -> String {
        let name = precision == .int8 ? "model-int8" : "model"
        let candidates = Self.modelNames(precision).map { "\(path)/\($0)" }
        guard let found = candidates.first(where: FileManager.default.fileExists(atPath:)) else {
            throw MartletError(
                .notFound, "sentence embedder '\(path)': expected \(name).onnx or \(name).xml for \(precision.rawValue), found neither")
        }
        return found
    }

    private static func settings(_ path: String, _ file: String) throws -> JSONValue? {
        let full = "\(path)/\(file)"
        guard let size = try? FileManager.default.attributesOfItem(atPath: full)[.size] as? Int else { return nil }  // it may be missing
        guard size <= settingsBytesMax else {
            throw MartletError(.invalidInput, "'\(full)' has \(size) bytes, at most \(settingsBytesMax) are read")
        }
        return try JSONValue(parsing: Data(contentsOf: URL(filePath: full)), as: "'\(full)'")
    }

    private static func checkTokenizer(_ settings: JSONValue?) throws {
        for (key, refused) in [("do_lower_case", JSONValue.boolean(false)), ("strip_accents", false), ("tokenize_chinese_chars", false)]
        where settings?[key] == refused {
            throw MartletError(.invalidInput, "tokenizer_config.json: \(key) is false; only BERT's tokenizer without case is supported")
        }
    }

    private static func pooling(_ settings: JSONValue?, _ path: String) throws -> Pooling {
        guard let members = settings?.object else { return .mean }
        let chosen =
            members["pooling_mode"]?.string.map { [$0] }
            ?? members.filter { $0.key.hasPrefix("pooling_mode_") && $0.value == .boolean(true) }.keys.sorted()
        switch chosen {
        case ["mean"], ["pooling_mode_mean_tokens"]: return .mean
        case ["cls"], ["pooling_mode_cls_token"]: return .first
        default: throw MartletError(.invalidInput, "'\(path)/1_Pooling/config.json': expected pooling by mean or cls, found \(chosen)")
        }
    }

    private static func isNormalized(_ modules: JSONValue?, _ path: String) throws -> Bool {
        guard let modules = modules?.array else { return true }
        let kinds = modules.compactMap { $0["type"]?.string?.split(separator: ".").last.map(String.init) }
        if let other = kinds.first(where: { !["Transformer", "Pooling", "Normalize"].contains($0) }) {
            throw MartletError(
                .invalidInput, "'\(path)/modules.json': module '\(other)' is not supported; expected Transformer, Pooling, Normalize")
        }
        return kinds.contains("Normalize")
    }
}
