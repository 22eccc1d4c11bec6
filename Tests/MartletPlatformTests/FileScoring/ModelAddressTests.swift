import Foundation
import MartletCore
import MartletEngines
import MartletTesting
import Testing

@testable import MartletPlatform

@Suite struct ModelAddressTests {
    @Test func `addresses are read as they are written`() throws {
        #expect(try ModelAddress("models/a.txt") == .file("models/a.txt"))
        #expect(try ModelAddress("models:/demand@live") == .alias(model: "demand", alias: "live"))
        #expect(try ModelAddress("models:/demand/3") == .version(model: "demand", version: 3))
        #expect(try ModelAddress("models:/a/b/v12") == .version(model: "a/b", version: 12))
        for text in ["models:/", "models:/demand", "models:/@live", "models:/demand@", "models:/demand/x", "models://3"] {
            let error = #expect(throws: MartletError.self) { try ModelAddress(text) }
            #expect(error?.code == .invalidInput, "\(text)")
        }
    }

    @Test(arguments: [
        ("models:/demnd@live", "did you mean 'demand'?"), ("models:/demand@alive", "did you mean 'live'?"),
        ("models:/demand@production", "there are latest and live"), ("models:/demand/7", "the newest are 1"),
    ])
    func `what a project does not have is refused with what it has`(text: String, words: String) async throws {
        try await ReleasedProject.with { platform in
            let error = #expect(throws: MartletError.self) { try ScoringModel(try ModelAddress(text), of: platform) }
            #expect(error?.code == .notFound && error?.message.contains(words) == true, "\(error?.message ?? "")")
        }
    }

    @Test func `a model that was never deployed has no live release`() async throws {
        try await ReleasedProject.with { platform in
            let copy = try Platform.synthetic(in: platform.project.folder, home: "\(platform.project.folder)/other", write: false)
            try await copy.runPipeline()
            let error = #expect(throws: MartletError.self) { try ScoringModel(try ModelAddress("models:/demand@live"), of: copy) }
            #expect(error?.message.contains("was never deployed") == true)
            #expect(try ScoringModel(try ModelAddress("models:/demand@latest"), of: copy).name == "models:/demand@latest")
        }
    }

    @Test(arguments: ["models:/demand@live", "models:/demand@latest", "models:/demand/1"], ["text", "number", "real"])
    func `a release's features are scored as requests with the same features are`(address: String, kind: String) async throws {
        try await ReleasedProject.with { platform in
            let release = try platform.deployed()
            let card = release.bundle.card
            let rows = try features(card, kind)
            let path = platform.file("rows.parquet")
            try write(rows, card, kind, to: path)
            let model = try ScoringModel(try ModelAddress(address), of: platform)
            _ = try FileScoring(model).run(input: path, output: platform.file("out.parquet")) { _ in }
            let scored = try DuckDBDatabase().connect().query("SELECT * FROM '\(platform.file("out.parquet"))'")
            let expected = try release.infer(rows, count: 200)
            let found = try scored.column("prediction").doubles
            #expect(found.count == 200)
            #expect(zip(found, expected).allSatisfy { abs($0 - $1) <= 1e-9 * max(1, abs($1)) })
            #expect(scored.names.first == "id")
        }
    }

    /// Random rows of a card's features; of texts, some that training never saw.
    private func features(_ card: ModelCard, _ kind: String) throws -> [String: [Value]] {
        var random = SplitMix64(seed: 3)
        var rows: [String: [Value]] = [:]
        for name in card.features + [card.scaleBy].compactMap({ $0 }) where rows[name] == nil {
            let categories = card.categories[name] ?? (name == card.scaleBy ? ["1", "2", "3"] : nil)
            rows[name] = (0..<200).map { _ in
                guard random.unit() > 0.1 else { return .missing }
                guard let categories else { return .real(random.unit() * 5) }
                let text = random.unit() < 0.1 ? "77" : categories[random.index(below: categories.count)]
                return kind == "text" ? .text(text) : kind == "number" ? .integer(Int64(text) ?? -1) : .real(Double(text) ?? -1)
            }
        }
        return rows
    }

    private func write(_ rows: [String: [Value]], _ card: ModelCard, _ kind: String, to path: String) throws {
        let connection = try DuckDBDatabase(threads: 1).connect()
        let names = rows.keys.sorted()
        let types = names.map { name in
            let isCategory = card.categories[name] != nil || name == card.scaleBy
            return "\"\(name)\" \(isCategory && kind == "text" ? "VARCHAR" : isCategory && kind == "number" ? "INTEGER" : "DOUBLE")"
        }
        try connection.execute("CREATE TABLE rows (id BIGINT, \(types.joined(separator: ", ")))")
        let appender = try connection.appender(table: "rows")
        for row in 0..<200 { try appender.append(row: [.integer(Int64(row))] + names.map { rows[$0]?[row] ?? .missing }) }
        try appender.close()
        try connection.execute("COPY rows TO '\(path)' (FORMAT parquet)")
    }
}
