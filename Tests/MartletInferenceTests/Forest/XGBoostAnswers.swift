import Foundation
import MartletCore
import MartletTesting

@testable import MartletInference

/// What XGBoost itself says about random models and rows: `xgboost_answers.py` asks it.
struct XGBoostAnswers {
    let name: String
    let json: [UInt8]
    let ubjson: [UInt8]
    /// Row by row, in double precision.
    let rows: [[Double]]
    /// `[rows, trees]`; -1 for rows with infinities.
    let leaves: [Int32]
    let margins: [Float]
    let predictions: [Float]

    /// Has models of some seeds trained and asked.
    static func make(seeds: Range<Int>) async throws -> [XGBoostAnswers] {
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "xgboost_answers.py").path
        return try await withTemporaryFolder { folder in
            let command = Command(try TestPython.path(), [script, folder, "\(seeds.lowerBound)", "\(seeds.count)"])
            let result = try await command.run()
            guard result.status == 0 else {
                throw MartletError(.engine, "xgboost_answers.py ended with \(result.status): \(result.errors.suffix(2_000))")
            }
            return try seeds.map { try XGBoostAnswers(folder: folder, seed: $0) }
        }
    }

    private init(folder: String, seed: Int) throws {
        func bytes(_ ending: String) throws -> Data { try Data(contentsOf: URL(filePath: "\(folder)/\(seed).\(ending)")) }
        func numbers<Number: BitwiseCopyable>(_ ending: String, _ type: Number.Type) throws -> [Number] {
            try bytes(ending).withUnsafeBytes { Array($0.bindMemory(to: Number.self)) }
        }
        let shape = try JSONValue(parsing: bytes("shape"), as: "shape").decoded(as: Shape.self)
        name = "seed \(seed), \(shape.objective)"
        json = [UInt8](try bytes("json"))
        ubjson = [UInt8](try bytes("ubj"))
        let elements = try numbers("rows", Double.self)
        let width = elements.count / shape.rows
        rows = (0..<shape.rows).map { Array(elements[$0 * width..<($0 + 1) * width]) }
        leaves = try numbers("leaves", Int32.self)
        margins = try numbers("margin", Float.self)
        predictions = try numbers("prediction", Float.self)
    }

    private struct Shape: Decodable {
        let objective: String
        let rows: Int
    }
}
