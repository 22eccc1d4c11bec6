/// What a file of a model is, by its first bytes: never by its name.
enum ForestFormat: Equatable {
    case lightGBMText
    case xgboostJSON
    case xgboostUBJSON
    /// Something that is not read: what it is, and what to do instead.
    case other(String, nextStep: String)

    /// Finds it.
    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        let text = bytes.drop { $0 == 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }
        if bytes.starts(with: "tree\n".utf8) || bytes.starts(with: "tree\r\n".utf8) {
            self = .lightGBMText
        } else if bytes.starts(with: "{L".utf8) {
            self = .xgboostUBJSON
        } else if text.first == UInt8(ascii: "{") {
            self = Self.json(text)
        } else {
            self = Self.other(bytes)
        }
    }

    /// XGBoost's `save_model`, or LightGBM's `dump_model`, whose first members are all different.
    private static func json(_ text: UnsafeBufferPointer<UInt8>.SubSequence) -> ForestFormat {
        let start = String(decoding: text.prefix(60), as: UTF8.self).filter { !$0.isWhitespace }
        guard start.hasPrefix("{\"name\":\"tree\"") else { return .xgboostJSON }
        return .other("JSON that LightGBM's dump_model wrote", nextStep: lightGBMStep)
    }

    private static func other(_ bytes: UnsafeBufferPointer<UInt8>) -> ForestFormat {
        for (start, name, step) in known where bytes.starts(with: start) { return .other(name, nextStep: step) }
        if isONNX(bytes) { return .other("an ONNX model", nextStep: "name it .onnx if it is a neural net; save trees with the library that trained them") }
        return .other(
            bytes.isEmpty ? "an empty file" : "something that is not recognised", nextStep: "save the model again with its library")
    }

    private static let lightGBMStep = "save it with LightGBM's save_model"
    private static let pythonStep =
        "load it in Python where it was made and save its trees: booster_.save_model(\"model.txt\") for LightGBM, "
        + "get_booster().save_model(\"model.ubj\") for XGBoost"
    private static let xgboostStep = "load it with the XGBoost that wrote it and save it with save_model(\"model.ubj\")"

    /// First bytes of what people have beside the formats that are read.
    private static let known: [(start: [UInt8], name: String, step: String)] =
        (UInt8(2)...5).map { ([0x80, $0], "a Python pickle (or joblib file)", pythonStep) } + [
            (Array("CBM1".utf8), "a CatBoost model (cbm)", "CatBoost is not run; train with LightGBM or XGBoost"),
            (Array("binf".utf8), "XGBoost's old binary format", xgboostStep),
            (Array("bs64".utf8), "XGBoost's old binary format", xgboostStep),
            ([0x00, 0x00, 0x00, 0x3F], "XGBoost's old binary format", xgboostStep),
            (Array("[".utf8), "a JSON array, perhaps of XGBoost's dump_model", xgboostStep),
            (Array("booster[".utf8), "a text that XGBoost's dump_model wrote", xgboostStep),
            ([0x1F, 0x8B], "compressed by gzip, perhaps by joblib", "unpack it first; if it is from joblib, " + pythonStep),
            ([0x78, 0x9C], "compressed by zlib, perhaps by joblib", pythonStep),
            (Array("PK\u{3}\u{4}".utf8), "a ZIP archive", "unpack it and name the model in it"),
            (Array("<".utf8), "XML, perhaps PMML", "save the model with LightGBM or XGBoost themselves instead"),
        ]

    /// ONNX is a protocol buffer whose first field is its version, a small number, followed by the producer, graph or operator sets.
    private static func isONNX(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard bytes.count > 4, bytes[0] == 0x08, (1...20).contains(bytes[1]) else { return false }
        return [0x12, 0x1A, 0x22, 0x2A, 0x32, 0x3A, 0x42].contains(bytes[2])
    }
}
