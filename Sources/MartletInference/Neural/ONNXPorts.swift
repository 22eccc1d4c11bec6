import Foundation

/// The names of an ONNX file's inputs and outputs, in order.
///
/// OpenVINO knows a tensor by all names that it has anywhere in the graph and tells any one of them, so the file is asked. Only the
/// few fields on the way are read (github.com/onnx/onnx, onnx.proto; protobuf.dev, "Encoding").
struct ONNXPorts: Equatable {
    var inputs: [String] = []
    var outputs: [String] = []

    /// Reads a file; `nil` where it is no ONNX, or one without a graph.
    init?(path: String) {
        do {
            let file = try ProtobufFile(path: path)
            guard let graph = try file.first(ModelField.graph, in: 0..<file.size) else { return nil }
            var constants: Set<String> = []
            for field in try file.fields(in: graph) {
                switch field.number {
                case GraphField.input: inputs.append(try file.text(ValueField.name, in: field.range))
                case GraphField.output: outputs.append(try file.text(ValueField.name, in: field.range))
                case GraphField.initializer: constants.insert(try file.text(TensorField.name, in: field.range))
                default: continue
                }
            }
            // Up to version 3 of the format constants are inputs too.
            inputs.removeAll { constants.contains($0) }
        } catch {
            return nil  // the engine, which reads all of it, tells what is wrong
        }
    }

    /// Where an ONNX file holds no weights: all of it but the initializers, which are nearly all of its bytes; `nil` where it is none.
    static func rangesOutsideWeights(path: String) -> [Range<Int>]? {
        do {
            let file = try ProtobufFile(path: path)
            guard let graph = try file.first(ModelField.graph, in: 0..<file.size) else { return nil }
            var ranges: [Range<Int>] = []
            var start = 0
            for field in try file.fields(in: graph) where field.number == GraphField.initializer {
                ranges.append(start..<field.range.lowerBound)
                start = field.range.upperBound
            }
            return ranges + [start..<file.size]
        } catch {
            return nil  // the engine, which reads all of it, tells what is wrong
        }
    }

    private enum ModelField { static let graph = 7 }
    private enum GraphField { static let (initializer, input, output) = (5, 11, 12) }
    private enum ValueField { static let name = 1 }
    private enum TensorField { static let name = 8 }
}

/// The fields of a protobuf message that lies in a file, found without reading what they hold.
private final class ProtobufFile {
    struct Field {
        var number: Int
        /// Where its bytes are; empty for numbers.
        var range: Range<Int>
    }

    /// The message is none.
    struct Malformed: Error {}

    private static let windowBytes = 1 << 16
    private static let nameBytesMax = 1 << 12

    let size: Int
    private let file: FileHandle
    private var window: [UInt8] = []
    private var windowStart = 0

    init(path: String) throws {
        file = try FileHandle(forReadingFrom: URL(filePath: path))
        size = Int(clamping: try file.seekToEnd())
    }

    deinit { try? file.close() }  // it was only read

    /// The fields of a message that are groups of bytes, in order.
    func fields(in range: Range<Int>) throws -> [Field] {
        var fields: [Field] = []
        var position = range.lowerBound
        while position < range.upperBound {
            let key = try number(at: &position)
            switch key & 7 {
            case 0: _ = try number(at: &position)
            case 1: position += 8
            case 2:
                let count = Int(clamping: try number(at: &position))
                guard count <= range.upperBound - position else { throw Malformed() }
                fields.append(Field(number: Int(clamping: key >> 3), range: position..<position + count))
                position += count
            case 5: position += 4
            default: throw Malformed()
            }
        }
        guard position == range.upperBound else { throw Malformed() }
        return fields
    }

    func first(_ number: Int, in range: Range<Int>) throws -> Range<Int>? {
        try fields(in: range).first { $0.number == number }?.range
    }

    /// The text in a field of a message; empty without one.
    func text(_ number: Int, in range: Range<Int>) throws -> String {
        guard let place = try first(number, in: range) else { return "" }
        guard place.count <= Self.nameBytesMax else { throw Malformed() }
        return String(decoding: try place.map { try byte(at: $0) }, as: UTF8.self)
    }

    private func number(at position: inout Int) throws -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            let byte = try byte(at: position)
            position += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        throw Malformed()
    }

    private func byte(at position: Int) throws -> UInt8 {
        if !(windowStart..<windowStart + window.count).contains(position) {
            guard position >= 0, position < size else { throw Malformed() }
            try file.seek(toOffset: UInt64(position))
            window = [UInt8](try file.read(upToCount: Self.windowBytes) ?? Data())
            windowStart = position
            guard !window.isEmpty else { throw Malformed() }
        }
        return window[position - windowStart]
    }
}
