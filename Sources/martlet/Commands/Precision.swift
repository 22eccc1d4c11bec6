import ArgumentParser
import Foundation
import MartletCore
import MartletInference
import MartletServer

/// Says what the precisions of a neural model cost and give.
struct Precision: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compare a neural model in f32, bf16 and int8: time, memory and accuracy on your rows.",
        discussion: """
            Each precision is loaded, run on every row, timed by the processor's clock and compared with f32. A precision that
            the processor or the model lacks is named with the reason. int8 takes the 8-bit file beside the model: model-int8.onnx
            beside model.onnx. What you choose goes into model.yaml beside the model, as 'precision: bf16', for 'martlet serve'.

            EXAMPLES
              martlet precision .deps/models/minilm --input sentences.txt
              martlet precision net.onnx --input requests.jsonl --threads 2
            """
    )

    /// The largest file of rows.
    private static let inputSizeMaxBytes = 1 << 28

    @Argument(
        help: ArgumentHelp("An ONNX or OpenVINO file, or the folder of a sentence embedder.", valueName: "model"), completion: .file())
    var model: String

    @Option(
        help: ArgumentHelp(
            "For a sentence embedder, a text a line; else an Open Inference request in JSON a line.", valueName: "file"),
        completion: .file())
    var input: String

    @Option(help: ArgumentHelp("How many texts are run in one call.", valueName: "n"))
    var rows = 1

    @Option(help: ArgumentHelp("How many lines are taken.", valueName: "n"))
    var limit = 500

    @Option(help: ArgumentHelp("How many threads one call may use.", valueName: "n"))
    var threads = 1

    @Flag(help: "Print JSON for machines.")
    var json = false

    func validate() throws {
        for (name, value) in [("--rows", rows), ("--limit", limit), ("--threads", threads)] where !(1...1_000_000).contains(value) {
            throw ValidationError("\(name): expected 1 to 1000000, found \(value)")
        }
    }

    func run() throws {
        let lines = try lines()
        let comparison = try PrecisionComparison(path: model, threads: threads) { try samples(of: lines, for: $0) }
        Output.result(json ? Self.json(comparison).canonicalText : Self.text(comparison))
    }

    // MARK: Rows

    private func lines() throws -> [Substring] {
        guard let size = try? FileManager.default.attributesOfItem(atPath: input)[.size] as? Int else {  // told here, by name
            throw MartletError(.notFound, "there is no file '\(input)'; expected one row a line")
        }
        guard size <= Self.inputSizeMaxBytes else {
            throw MartletError(.limitExceeded, "'\(input)' has \(size) bytes, at most \(Self.inputSizeMaxBytes) are read; take fewer rows")
        }
        guard let bytes = FileManager.default.contents(atPath: input), let text = String(validating: bytes, as: UTF8.self) else {
            throw MartletError(.invalidInput, "'\(input)' cannot be read as UTF-8; expected a file of text")
        }
        let lines = text.split(whereSeparator: \.isNewline).filter { !$0.allSatisfy(\.isWhitespace) }.prefix(limit)
        guard !lines.isEmpty else { throw MartletError(.invalidInput, "'\(input)' has no line; expected one row a line") }
        return Array(lines)
    }

    private func samples(of lines: [Substring], for signature: TensorSignature) throws -> [[Tensor]] {
        guard signature.inputs.map(\.datatype) == [.bytes] else { return try requests(lines, SignatureCheck(signature)) }
        return stride(from: 0, to: lines.count, by: rows).map { start in
            let texts = lines[start..<min(start + rows, lines.count)].map { Array($0.utf8) }
            return [Tensor(name: signature.inputs[0].name, shape: [texts.count], elements: .bytes(texts))]
        }
    }

    private func requests(_ lines: [Substring], _ check: SignatureCheck) throws -> [[Tensor]] {
        try lines.enumerated().map { number, line in
            do {
                return try check.inputs(of: InferRequestDecoder().decode(Array(line.utf8)))
            } catch let error as MartletError {
                throw MartletError(error.code, "'\(input)', row \(number + 1)", cause: error)
            }
        }
    }

    // MARK: Results

    private static func text(_ comparison: PrecisionComparison) -> String {
        var table = TextTable("precision", ">load ms", ">memory MB", ">ms/row", ">cosine mean", ">cosine min", ">difference max")
        var refusals: [String] = []
        for entry in comparison.entries {
            guard let figures = entry.figures else {
                refusals.append("\(entry.precision.rawValue): \(entry.refusal ?? "no figures")")
                continue
            }
            table.add(
                entry.precision.rawValue, decimals(figures.loadSeconds * 1e3, 0), decimals(Double(figures.residentBytes) / 1e6, 0),
                decimals(figures.rowSeconds * 1e3, 2), worst(figures, 6) { $0.map(\.cosineMean).min() },
                worst(figures, 6) { $0.map(\.cosineMin).min() }, worst(figures, 4) { $0.map(\.differenceMax).max() })
        }
        return (table.lines + refusals).joined(separator: "\n")
    }

    /// A figure of the output that is farthest from f32.
    private static func worst(
        _ figures: PrecisionComparison.Figures, _ places: Int, _ figure: ([PrecisionReport.Output]) -> Double?
    ) -> String {
        figures.report.flatMap { figure($0.outputs) }.map { decimals($0, places) } ?? ""
    }

    private static func decimals(_ value: Double, _ places: Int) -> String { String(format: "%.\(places)f", value) }

    private static func json(_ comparison: PrecisionComparison) -> JSONValue {
        .array(
            comparison.entries.map { entry in
                var members: [String: JSONValue] = ["precision": .string(entry.precision.rawValue)]
                if let refusal = entry.refusal { members["refusal"] = .string(refusal) }
                if let figures = entry.figures {
                    members["load_cpu_seconds"] = .number(figures.loadSeconds)
                    members["resident_bytes"] = .integer(Int64(figures.residentBytes))
                    members["row_cpu_seconds"] = .number(figures.rowSeconds)
                    members["difference"] = figures.report?.json ?? .null
                }
                return .object(members)
            })
    }
}
