#ifndef MARTLET_GRAPH_H
#define MARTLET_GRAPH_H

// Without its own distances hnswlib neither asks the processor nor reads past a list of links to fetch ahead.
#define NO_MANUAL_VECTORIZATION
#include <hnswlib/hnswlib.h>

#include <vector>

#include "distances.h"
#include "include/martlet_hnsw.h"

namespace martlet {

/// What hnswlib asks of a metric.
class Space : public hnswlib::SpaceInterface<float> {
public:
    explicit Space(const martlet_hnsw_shape &shape) : dimension(shape.dimension), function(distance(shape.metric)) {}
    size_t get_data_size() override { return dimension * sizeof(float); }
    hnswlib::DISTFUNC<float> get_dist_func() override { return function; }
    void *get_dist_func_param() override { return &dimension; }

private:
    size_t dimension;
    Distance function;
};

/// hnswlib's graph with a search that changes nothing, and with a way out and in that does not trust what it reads.
class Graph : public hnswlib::HierarchicalNSW<float> {
public:
    Graph(Space *space, const martlet_hnsw_shape &shape)
        : hnswlib::HierarchicalNSW<float>(space, shape.count, shape.links, shape.ef_construction, shape.seed) {}

    /// The candidates, in no order.
    std::vector<martlet_hnsw_hit> search(const float *query, size_t ef) const;
    /// The nearest, in no order.
    std::vector<martlet_hnsw_hit> scan(const float *query, size_t wanted) const;
    size_t size() const;
    void write(uint8_t *bytes) const;
    /// - Returns: whether the bytes are a graph. - positions: of labels; those of a damaged one mean nothing.
    bool read(const uint8_t *vectors, const uint8_t *bytes, size_t size, std::vector<uint32_t> &positions);

private:
    hnswlib::tableint descend(const float *query) const;
    size_t limit(int level) const { return level == 0 ? maxM0_ : maxM_; }
    float distanceTo(const float *query, hnswlib::tableint node) const {
        return fstdistfunc_(query, getDataByInternalId(node), dist_func_param_);
    }
    bool hasSoundLinks() const;
};

}

#endif
