import Foundation
import MartletCore

/// Folders of models that MLflow wrote, and what it answers for them; `make-flavors.py` made them.
enum FlavorFixtures {
    static let versions = ["2.22.5", "3.17.2"]

    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")

    static func folder(_ name: String, _ version: String) -> String { folder.appending(path: "\(name)-\(version)").path }

    /// Rows and what MLflow's `pyfunc` predicts for them, rows of one number as that number.
    static func answers(_ name: String, _ version: String) throws -> (rows: [[Double]], predictions: [Double]) {
        let document = try JSONValue(parsing: Data(contentsOf: folder.appending(path: "answers-\(version).json")), as: "answers")
        guard let answer = document[name], let rows = answer["rows"]?.array, let predictions = answer["predictions"]?.array else {
            throw MartletError(.notFound, "there are no answers of '\(name)'")
        }
        return (
            rows.map { $0.array?.compactMap(\.double) ?? [] }, predictions.flatMap { $0.array?.compactMap(\.double) ?? [$0.double ?? .nan] }
        )
    }
}
