#ifndef MARTLET_DISTANCES_H
#define MARTLET_DISTANCES_H

#include <stddef.h>

namespace martlet {

/// A distance as hnswlib calls it: two vectors, and the address of their dimension.
using Distance = float (*)(const void *, const void *, const void *);

/// The distance of a metric, for this processor; every processor gives the same bits.
Distance distance(unsigned metric);

}

#endif
