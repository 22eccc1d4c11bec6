#include "graph.h"

#include <stdlib.h>

#include <new>
#include <queue>

namespace martlet {

using hnswlib::linklistsizeint;
using hnswlib::tableint;

// MARK: Searching

/// The nearest node of the upper layers, where the search of the lowest begins.
tableint Graph::descend(const float *query) const {
    tableint nearest = enterpoint_node_;
    float least = distanceTo(query, nearest);
    for (int level = maxlevel_; level > 0; --level) {
        for (bool isNearer = true; isNearer;) {
            isNearer = false;
            linklistsizeint *list = get_linklist(nearest, level);
            const tableint *links = reinterpret_cast<tableint *>(list + 1);
            const size_t count = getListCount(list);
            for (size_t position = 0; position < count; ++position) {
                const float found = distanceTo(query, links[position]);
                if (found >= least) continue;
                least = found;
                nearest = links[position];
                isNearer = true;
            }
        }
    }
    return nearest;
}

std::vector<martlet_hnsw_hit> Graph::search(const float *query, size_t ef) const {
    auto candidates = searchBaseLayerST<false, false>(descend(query), query, ef);
    std::vector<martlet_hnsw_hit> hits;
    hits.reserve(candidates.size());
    for (; !candidates.empty(); candidates.pop())
        hits.push_back({static_cast<uint32_t>(getExternalLabel(candidates.top().second)), candidates.top().first});
    return hits;
}

std::vector<martlet_hnsw_hit> Graph::scan(const float *query, size_t wanted) const {
    // The worst of those that are kept is on top: the farthest, and of equally far ones that of the largest label.
    std::priority_queue<std::pair<float, uint32_t>> kept;
    for (tableint node = 0; node < cur_element_count; ++node) {
        const std::pair<float, uint32_t> found(distanceTo(query, node), static_cast<uint32_t>(getExternalLabel(node)));
        if (kept.size() < wanted) {
            kept.push(found);
        } else if (found < kept.top()) {
            kept.pop();
            kept.push(found);
        }
    }
    std::vector<martlet_hnsw_hit> hits;
    hits.reserve(kept.size());
    for (; !kept.empty(); kept.pop()) hits.push_back({kept.top().second, kept.top().first});
    return hits;
}

// MARK: Bytes
//
// The node that searches begin with; then of each node its label, its highest layer in a byte, and of each of its layers from the
// lowest on how many links it has, in two bytes, and the nodes that they lead to. Numbers have four bytes, the lowest first.

namespace {

class Writer {
public:
    explicit Writer(uint8_t *bytes) : next(bytes) {}
    template <typename Number> void put(Number number) {
        memcpy(next, &number, sizeof(Number));
        next += sizeof(Number);
    }
    void put(const void *bytes, size_t size) {
        memcpy(next, bytes, size);
        next += size;
    }

private:
    uint8_t *next;
};

class Reader {
public:
    Reader(const uint8_t *bytes, size_t size) : next(bytes), left(size) {}
    template <typename Number> bool take(Number &number) { return take(&number, sizeof(Number)); }
    bool take(void *bytes, size_t size) {
        if (size > left) return false;
        memcpy(bytes, next, size);
        next += size;
        left -= size;
        return true;
    }
    bool isAtEnd() const { return left == 0; }

private:
    const uint8_t *next;
    size_t left;
};

/// More than hnswlib's generator can give at the fewest links.
constexpr uint8_t levelMax = 64;

}

size_t Graph::size() const {
    size_t size = sizeof(uint32_t);
    for (tableint node = 0; node < cur_element_count; ++node) {
        size += sizeof(uint32_t) + sizeof(uint8_t);
        for (int level = 0; level <= element_levels_[node]; ++level)
            size += sizeof(uint16_t) + getListCount(get_linklist_at_level(node, level)) * sizeof(tableint);
    }
    return size;
}

void Graph::write(uint8_t *bytes) const {
    Writer writer(bytes);
    writer.put(static_cast<uint32_t>(enterpoint_node_));
    for (tableint node = 0; node < cur_element_count; ++node) {
        writer.put(static_cast<uint32_t>(getExternalLabel(node)));
        writer.put(static_cast<uint8_t>(element_levels_[node]));
        for (int level = 0; level <= element_levels_[node]; ++level) {
            linklistsizeint *list = get_linklist_at_level(node, level);
            const uint16_t count = getListCount(list);
            writer.put(count);
            writer.put(list + 1, count * sizeof(tableint));
        }
    }
}

bool Graph::read(const uint8_t *vectors, const uint8_t *bytes, size_t size, std::vector<uint32_t> &positions) {
    Reader reader(bytes, size);
    uint32_t entry;
    if (!reader.take(entry) || entry >= max_elements_) return false;
    while (cur_element_count < max_elements_) {
        const tableint node = cur_element_count;
        uint32_t label;
        uint8_t level;
        if (!reader.take(label) || label >= max_elements_ || positions[label] != UINT32_MAX) return false;
        if (!reader.take(level) || level > levelMax) return false;
        positions[label] = node;
        memset(get_linklist0(node), 0, size_data_per_element_);
        setExternalLabel(node, label);
        memcpy(getDataByInternalId(node), vectors + label * data_size_, data_size_);
        if (level > 0) {
            linkLists_[node] = static_cast<char *>(calloc(level, size_links_per_element_));
            if (linkLists_[node] == nullptr) throw std::bad_alloc();
        }
        // From here on the links are the graph's to free.
        element_levels_[node] = level;
        ++cur_element_count;
        for (int at = 0; at <= level; ++at) {
            uint16_t count;
            if (!reader.take(count) || count > limit(at)) return false;
            linklistsizeint *list = get_linklist_at_level(node, at);
            if (!reader.take(list + 1, count * sizeof(tableint))) return false;
            setListCount(list, count);
        }
    }
    enterpoint_node_ = entry;
    maxlevel_ = element_levels_[entry];
    return reader.isAtEnd() && hasSoundLinks();
}

/// Whether every link leads to another node that is in the same layer, and no node is above the one that searches begin with.
bool Graph::hasSoundLinks() const {
    for (tableint node = 0; node < cur_element_count; ++node) {
        if (element_levels_[node] > maxlevel_) return false;
        for (int level = 0; level <= element_levels_[node]; ++level) {
            linklistsizeint *list = get_linklist_at_level(node, level);
            const tableint *links = reinterpret_cast<tableint *>(list + 1);
            for (size_t position = 0; position < getListCount(list); ++position) {
                const tableint other = links[position];
                if (other >= cur_element_count || other == node || element_levels_[other] < level) return false;
            }
        }
    }
    return true;
}

}
