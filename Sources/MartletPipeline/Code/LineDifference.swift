/// The lines that changed between two texts: the fewest, by Myers, "An O(ND) Difference Algorithm and Its Variations" (1986).
package struct LineDifference: Sendable, Equatable {
    /// Lines that others took the place of.
    package struct Change: Sendable, Equatable {
        /// The number of the first old line, from 0; where none went, of the one that the new ones came before.
        package let oldStart: Int
        /// The lines that went.
        package let old: [String]
        /// The number of the first new line, from 0; where none came, of the one that the old ones stood before.
        package let newStart: Int
        /// The lines that came.
        package let new: [String]
    }

    /// Lines that may come and go before the search for the fewest ends; its cost grows with the square.
    package static let editCountMax = 1_000

    /// The changes, from the top to the bottom.
    package let changes: [Change]
    /// Whether there were more edits than are searched, so that the one change is everything between the first and the last.
    package let isCoarse: Bool

    /// Compares lines. - Complexity: O((lines + edits) · edits).
    package init(old: [String], new: [String], editCountMax: Int = Self.editCountMax) {
        let start = zip(old, new).prefix { $0 == $1 }.count
        let end = zip(old[start...].reversed(), new[start...].reversed()).prefix { $0 == $1 }.count
        let (left, right) = (Array(old[start..<old.count - end]), Array(new[start..<new.count - end]))
        let pairs = Self.common(left, right, editCountMax)
        isCoarse = pairs == nil
        changes = Self.changes(left, right, pairs ?? [], start: start)
    }

    /// What lies between lines that stayed.
    private static func changes(_ old: [String], _ new: [String], _ pairs: [(old: Int, new: Int)], start: Int) -> [Change] {
        var changes: [Change] = []
        var (oldNext, newNext) = (0, 0)
        for pair in pairs + [(old.count, new.count)] {
            if oldNext < pair.old || newNext < pair.new {
                changes.append(
                    Change(
                        oldStart: start + oldNext, old: Array(old[oldNext..<pair.old]), newStart: start + newNext,
                        new: Array(new[newNext..<pair.new])))
            }
            (oldNext, newNext) = (pair.old + 1, pair.new + 1)
        }
        return changes
    }

    /// The places of the lines that stay; `nil` where more edits are needed than are allowed.
    ///
    /// `furthest[k]` is the old line that the best path of so many edits reaches on the diagonal `k` = old − new (figure 2 of the paper).
    private static func common(_ old: [String], _ new: [String], _ limit: Int) -> [(old: Int, new: Int)]? {
        var names: [String: Int] = [:]
        func number(_ line: String) -> Int {
            let next = names.count
            return names[line]
                ?? {
                    names[line] = next; return next
                }()
        }
        let (left, right) = (old.map(number), new.map(number))
        let most = min(limit, left.count + right.count)
        var furthest = [Int](repeating: 0, count: 2 * most + 3)
        let middle = most + 1
        var rounds: [[Int]] = []
        for edits in 0...most {
            rounds.append(Array(furthest[middle - edits...middle + edits]))
            for diagonal in stride(from: -edits, through: edits, by: 2) {
                let (below, above) = (furthest[middle + diagonal + 1], furthest[middle + diagonal - 1])
                var x = diagonal == -edits || (diagonal != edits && above < below) ? below : above + 1
                while x < left.count, x - diagonal < right.count, left[x] == right[x - diagonal] { x += 1 }
                furthest[middle + diagonal] = x
                if x >= left.count, x - diagonal >= right.count { return path(left.count, right.count, rounds) }
            }
        }
        return nil
    }

    /// Goes back from the end through what each round started with.
    private static func path(_ oldCount: Int, _ newCount: Int, _ rounds: [[Int]]) -> [(old: Int, new: Int)] {
        var pairs: [(old: Int, new: Int)] = []
        var (x, y) = (oldCount, newCount)
        for edits in rounds.indices.reversed() {
            let diagonal = x - y
            func reached(_ other: Int) -> Int { abs(other) < edits ? rounds[edits][other + edits] : 0 }
            let isInsertion = diagonal == -edits || (diagonal != edits && reached(diagonal - 1) < reached(diagonal + 1))
            let previous = isInsertion ? diagonal + 1 : diagonal - 1
            let from = edits == 0 ? 0 : reached(previous) + (isInsertion ? 0 : 1)
            while x > from, x > 0, y > 0 {
                (x, y) = (x - 1, y - 1)
                pairs.append((x, y))
            }
            if edits > 0 { (x, y) = (reached(previous), reached(previous) - previous) }
        }
        return pairs.reversed()
    }
}
