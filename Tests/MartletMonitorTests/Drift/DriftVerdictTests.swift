import MartletCore
import Testing

@testable import MartletMonitor

@Suite struct DriftVerdictTests {
    private func verdict(_ columns: [ColumnDrift], threshold: Double = 0.2, rows: Int = 500) -> DriftVerdict {
        DriftVerdict(columns, threshold: threshold, rowCountMin: rows)
    }

    /// Of two values, each half of the reference.
    private func column(_ name: String, _ present: [Int]) -> ColumnDrift { ColumnDrift(name, reference: [500, 500], present: present) }

    @Test func `the columns that drifted are named with their index and the limit, the furthest first`() {
        let verdict = verdict([column("a", [500, 500]), column("b", [800, 200]), column("c", [900, 100])])
        #expect(verdict.hasDrifted)
        // By hand 0.4 · (ln 1.8 − ln 0.2) and 0.3 · (ln 1.6 − ln 0.4).
        #expect(verdict.words == "drift of column c: PSI 0.88 > 0.2, b: PSI 0.42 > 0.2")
    }

    @Test func `of many columns three are named`() {
        let verdict = verdict(["a", "b", "c", "d", "e"].map { column($0, [900, 100]) })
        #expect(verdict.words == "drift of column a: PSI 0.88 > 0.2, b: PSI 0.88 > 0.2, c: PSI 0.88 > 0.2 and 2 more")
    }

    @Test func `without drift the column that is furthest is named`() {
        let verdict = verdict([column("a", [500, 500]), column("b", [550, 450])])
        #expect(!verdict.hasDrifted)
        #expect(verdict.words == "no drift, most in column b: PSI 0.01 ≤ 0.2")
    }

    @Test func `few rows are not judged, on either side`() {
        let few = verdict([ColumnDrift("a", reference: [500, 500], present: [499, 0])])
        #expect(!few.hasDrifted)
        #expect(few.words == "not judged: 499 rows to compare, expected 500")
        #expect(!verdict([ColumnDrift("a", reference: [499, 0], present: [0, 5_000])]).hasDrifted)
        #expect(verdict([]).words == "not judged: 0 rows to compare, expected 500")
        #expect(verdict([ColumnDrift("a", reference: [500, 0], present: [0, 500])]).hasDrifted)
    }

    @Test func `columns that were not judged are named beside those that were`() {
        let few = ["e", "d", "c", "b"].map { ColumnDrift($0, reference: [500, 500], present: [0, 0]) }
        let calm = verdict([column("a", [500, 500])] + few.suffix(1))
        #expect(calm.words == "no drift, most in column a: PSI 0.00 ≤ 0.2; not judged: column b")
        let moved = verdict([column("a", [900, 100])] + few)
        #expect(moved.words == "drift of column a: PSI 0.88 > 0.2; not judged: columns b, c, d and 1 more")
    }

    @Test func `what chance makes of few rows is no drift, whatever the threshold`() {
        let pair = ColumnDrift("a", reference: [30, 30], present: [36, 24])
        #expect(pair.index > 0.01)
        #expect(!verdict([pair], threshold: 0.01, rows: 50).hasDrifted)
        let many = ColumnDrift("a", reference: [30_000, 30_000], present: [36_000, 24_000])
        #expect(verdict([many], threshold: 0.01, rows: 50).hasDrifted)
    }
}
