import Testing

@testable import MartletPipeline

@Suite struct ExportNamesTests {
    @Test(arguments: [
        ("clean", "clean", "clean"), ("ingest/fetch", "ingest_fetch", "ingest-fetch"), ("clean[month=1]", "clean_month_1", "clean-month-1"),
        ("A b", "A_b", "a-b"), ("flüge", "fl_ge", "fl-ge"), ("日本", "unnamed", "unnamed"), ("", "unnamed", "unnamed"),
        ("a__b", "a__b", "a-b"),
        ("-x-", "-x-", "x"), ("a=-b", "a_-b", "a-b"),
    ])
    func `a name is as near to the text as the engine takes it`(text: String, airflow: String, argo: String) {
        var airflowNames = ExportNames(AirflowExport.names)
        var argoNames = ExportNames(ArgoExport.names(lengthMax: 52))
        #expect(airflowNames.name(for: text) == airflow)
        #expect(argoNames.name(for: text) == argo)
    }

    @Test func `names that would be equal are told apart`() {
        var names = ExportNames(AirflowExport.names)
        #expect(names.name(for: "a[1]") == "a_1")
        #expect(names.name(for: "a=1") == "a_1_2")
        #expect(names.name(for: "a_1_2") == "a_1_2_2")
        #expect(names.name(for: "a", suffix: ".list") == "a.list")
        #expect(names.name(for: "a", suffix: ".list") == "a_2.list")
    }

    @Test func `long names are cut, and still told apart`() {
        var names = ExportNames(ArgoExport.names(lengthMax: 20))
        let long = String(repeating: "x", count: 100)
        let given = (0..<12).map { _ in names.name(for: long, suffix: "-list") }
        #expect(Set(given).count == 12)
        #expect(given.allSatisfy { $0.count <= 20 && $0.hasSuffix("-list") })
        #expect(given[0] == String(repeating: "x", count: 15) + "-list")
    }

    @Test func `every name is one that the engine takes, whatever the text`() throws {
        var names = ExportNames(ArgoExport.names(lengthMax: 52))
        var random = SystemRandomNumberGenerator()
        for _ in 0..<500 {
            let text = String(
                String.UnicodeScalarView((0..<8).compactMap { _ in Unicode.Scalar(UInt32.random(in: 1..<0x2ff, using: &random)) }))
            let name = names.name(for: text)
            #expect(try /[a-z0-9]([-a-z0-9]*[a-z0-9])?/.wholeMatch(in: name) != nil, "\(text.unicodeScalars.map(\.value)) → \(name)")
        }
    }
}
