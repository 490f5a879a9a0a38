//! mentalspace-server
