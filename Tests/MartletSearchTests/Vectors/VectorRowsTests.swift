import Foundation
import MartletCore
import Testing

@testable import MartletSearch

@Suite struct VectorRowsTests {
    private func message(_ rows: VectorRows) -> String {
        #expect(throws: MartletError.self) { try VectorIndex.build(rows) }?.message ?? ""
    }

    @Test func `rows that cannot be indexed are counted by the reason, with the first of each`() {
        var rows = VectorRows(metric: .cosine, dimension: 2)
        rows.append(id: "a", vector: [1, 2])
        rows.append(id: nil, vector: [1, 2])
        rows.append(id: "b", vector: [1, .nan])
        rows.append(id: "c", vector: [-.infinity, 2])
        rows.append(id: "d", vector: [0, -0.0])
        rows.append(id: "e", vector: [1, 2, 3])
        rows.append(id: String(repeating: "x", count: VectorFault.idBytesMax + 1), vector: [1, 2])
        #expect(
            message(rows)
                == "6 of 7 rows cannot be indexed: 1 without an id (the first is row 2), 1 with an id of more than 1,024 bytes (the first is "
                + "row 7), 2 with a number that is missing, not finite or too large (the first is row 3), 1 with a list of another length (the "
                + "first is row 6), 1 of zeros, which has no direction and so no cosine (the first is row 5); leave them out or mend them "
                + "before, as a dataset's contract does")
    }

    @Test(arguments: [VectorMetric.l2, .dot])
    func `a vector of zeros is one, but one of the largest numbers is not`(metric: VectorMetric) throws {
        var rows = VectorRows(metric: metric, dimension: 2)
        rows.append(id: "zero", vector: [0, 0])
        rows.append(id: "long", vector: [4e18, 0])
        #expect(try VectorIndex.build(rows).index.rowCount == 2)
        rows.append(id: "longer", vector: [5e18, 0])
        rows.append(id: "longest", vector: [1e300, 0])
        #expect(message(rows).hasPrefix("2 of 4 rows cannot be indexed: 1 with a number that is missing, not finite or too large"))
    }

    @Test func `an id names one row`() {
        var rows = VectorRows(metric: .l2, dimension: 1)
        for id in ["b", "a", "c", "a"] { rows.append(id: id, vector: [1]) }
        #expect(message(rows) == "rows 2 and 4 have the same id; an id names one row of an index")
    }

    @Test func `ids of equal characters and other bytes are two, in the order of their bytes`() throws {
        // An e with an acute accent as one character and as two, and a letter whose bytes are between them.
        let (composed, decomposed) = ("\u{E9}", "e\u{301}")
        var rows = VectorRows(metric: .l2, dimension: 1)
        for (id, number) in [(composed, 1.0), ("f", 2), (decomposed, 3)] { rows.append(id: id, vector: [number]) }
        let index = try VectorIndexFile.index(from: Data(VectorIndexFile.bytes(of: VectorIndex.build(rows).index)))
        #expect(index.ids.map { Array($0.utf8) } == [decomposed, "f", composed].map { Array($0.utf8) })
        for (id, near) in [(composed, "f"), ("f", decomposed), (decomposed, "f")] {
            #expect(try Array(index.neighbours(ofRow: id, count: 1)[0].id.utf8) == Array(near.utf8))
        }
        rows.append(id: decomposed, vector: [4])
        #expect(message(rows) == "rows 3 and 4 have the same id; an id names one row of an index")
    }

    @Test func `no rows are no index`() {
        #expect(message(VectorRows(metric: .l2, dimension: 1)) == "the table has no rows, and an index has at least one")
    }
}
